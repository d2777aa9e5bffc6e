import type { Kind } from '../kind.ts';
import { checkVm } from './check.ts';
import { createSteps } from './create.ts';
import { withoutIgnored } from './ignored.ts';
import { decodeVm } from './live.ts';
import { observeVms } from './observe.ts';
import { maySetOptions } from './privileges.ts';
import { observeRemovals } from './remove.ts';
import { reviewVm } from './review.ts';
import { updateSteps } from './update.ts';

/** QEMU guests. */
export const kind: Kind = {
  name: 'vm',
  check: checkVm,
  decode: decodeVm,
  observe: (resources, context) => observeVms(resources.map(withoutIgnored), context),
  review: (resource, ...rest) => reviewVm(withoutIgnored(resource), ...rest),
  create: async (resource, observation, context) =>
    createSteps(withoutIgnored(resource), observation, !(await maySetOptions(context, observation.vmid))),
  update: (resource, ...rest) => updateSteps(withoutIgnored(resource), ...rest),
  observeRemoval: observeRemovals,
};
