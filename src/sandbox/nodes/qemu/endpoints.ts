import type { Endpoint } from '../../host.ts';
import { agentEndpoints } from './agent.ts';
import { cloneEndpoint } from './clone.ts';
import { cloudInitEndpoints } from './cloud-init.ts';
import { configReadEndpoint } from './config-read.ts';
import { configWriteEndpoints } from './config-write.ts';
import { createEndpoint } from './create.ts';
import { destroyEndpoint } from './destroy.ts';
import { featureEndpoint } from './feature.ts';
import { indexEndpoints } from './index-lists.ts';
import { listEndpoint } from './list.ts';
import { migrateEndpoints } from './migrate.ts';
import { moveDiskEndpoint } from './move-disk.ts';
import { pendingReadEndpoint } from './pending-read.ts';
import { resizeEndpoint } from './resize.ts';
import { sendKeyEndpoint } from './send-key.ts';
import { snapshotEndpoints } from './snapshots.ts';
import { statusEndpoints } from './status.ts';
import { statusCurrentEndpoint } from './status-current.ts';
import { templateEndpoint } from './template.ts';
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
  featureEndpoint,
  ...snapshotEndpoints,
  cloneEndpoint,
  templateEndpoint,
  moveDiskEndpoint,
  ...migrateEndpoints,
  ...cloudInitEndpoints,
  ...agentEndpoints,
  sendKeyEndpoint,
  unlinkEndpoint,
];
