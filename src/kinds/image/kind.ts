import type { Kind } from '../kind.ts';
import { checkImage } from './check.ts';
import { observeImages } from './observe.ts';
import { beginReach } from './reach.ts';
import { observeImageRemovals } from './remove.ts';
import { reviewImage } from './review.ts';
import { imageStatus } from './status.ts';
import { downloadSteps } from './steps.ts';
import { imagePrivileges } from './used-privileges.ts';

/** Files that guests are made from: ISO images, container templates, disk images to import. */
export const kind: Kind = {
  name: 'image',
  privileges: imagePrivileges,
  check: checkImage,
  decode: () => undefined,
  observe: observeImages,
  beginReview: (resource, observation, _changes, context) => beginReach(resource, observation, context),
  review: (resource, observation, _changes, context) => reviewImage(resource, observation, context),
  create: downloadSteps,
  // A file is never changed: what is wanted otherwise is another file.
  update: () => [],
  status: imageStatus,
  observeRemoval: observeImageRemovals,
};
