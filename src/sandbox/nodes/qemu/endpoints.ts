import type { Endpoint } from '../../host.ts';
import { configReadEndpoint } from './config-read.ts';
import { configWriteEndpoints } from './config-write.ts';
import { createEndpoint } from './create.ts';
import { destroyEndpoint } from './destroy.ts';
import { indexEndpoints } from './index-lists.ts';
import { listEndpoint } from './list.ts';
import { pendingReadEndpoint } from './pending-read.ts';
import { resizeEndpoint } from './resize.ts';
import { statusEndpoints } from './status.ts';
import { statusCurrentEndpoint } from './status-current.ts';
import { unlinkEndpoint } from './unlink.ts';

/** The API's calls on QEMU guests that the sandbox knows; the server answers 501 to the rest. */
export const qemuEndpoints: readonly Endpoint[] = [
  listEndpoint,
  createEndpoint,
  destroyEndpoint,
  ...indexEndpoints,
  configReadEndpoint,
  ...configWriteEndpoints,
  pendingReadEndpoint,
  statusCurrentEndpoint,
  ...statusEndpoints,
  resizeEndpoint,
  unlinkEndpoint,
];
