import type { Kind, Observation } from '../kind.ts';
import { checkVm } from './check.ts';
import { cloneSteps } from './clone/clone-steps.ts';
import { contextOf } from './clone/not-yet-made.ts';
import { createSteps } from './create.ts';
import { findExpiredVms } from './ephemeral/expired.ts';
import { exportVms } from './export/export-vms.ts';
import { withoutIgnored } from './ignored.ts';
import { decodeVm } from './live.ts';
import { observeVms } from './observe.ts';
import { reviewMoved, withMigration } from './placement/moved.ts';
import { withTimeouts } from './power/timeouts.ts';
import { liveUpdateSteps } from './power/update-steps.ts';
import { maySetOptions } from './preflight/privileges.ts';
import { findUnclaimedVms } from './removal/prune.ts';
import { observeRemovals } from './removal/remove.ts';
import { reviewVm } from './review.ts';
import { guestStatus } from './status/guest-status.ts';

/** QEMU guests. */
export const kind: Kind<Observation> = {
  name: 'vm',
  check: checkVm,
  decode: decodeVm,
  observe: (resources, context) => observeVms(resources.map(withoutIgnored), context),
  review: (resource, observation, changes, context) =>
    reviewMoved(observation, changes, contextOf(observation, context), (...moved) =>
      reviewVm(withoutIgnored(resource), ...moved),
    ),
  create: async (resource, observation, context, changes) =>
    observation.madeBy === undefined
      ? withTimeouts(
          resource,
          createSteps(withoutIgnored(resource), observation, !(await maySetOptions(context, observation.vmid))),
        )
      : withTimeouts(resource, cloneSteps(withoutIgnored(resource), observation, observation.madeBy, changes)),
  update: (resource, observation, changes, context) =>
    withMigration(resource, observation, changes, (...moved) =>
      liveUpdateSteps(withoutIgnored(resource), ...moved, context),
    ),
  status: guestStatus,
  observeRemoval: observeRemovals,
  findUnclaimed: findUnclaimedVms,
  findExpired: findExpiredVms,
  exportLive: exportVms,
};
