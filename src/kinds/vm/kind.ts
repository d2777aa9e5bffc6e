import type { Kind, Observation } from '../kind.ts';
import { beginReview } from './begin-review.ts';
import { checkVm } from './check.ts';
import { cloneSteps } from './clone/clone-steps.ts';
import { contextOf } from './clone/not-yet-made.ts';
import { createSteps } from './create.ts';
import { findExpiredVms } from './ephemeral/expired.ts';
import { exportVms } from './export/export-vms.ts';
import { withoutIgnored } from './ignored.ts';
import { decodeVm } from './live.ts';
import { limitedGuest, withLimits } from './load/with-limits.ts';
import { observeVms } from './observe.ts';
import { reviewMoved, withMigration } from './placement/moved.ts';
import { settleEffects } from './power/settle-effects.ts';
import { liveUpdateSteps } from './power/update-steps.ts';
import { holds, maySetOptions } from './preflight/privileges.ts';
import { findUnclaimedVms } from './removal/prune.ts';
import { observeRemovals } from './removal/remove.ts';
import { reviewVm } from './review.ts';
import { guestStatus } from './status/guest-status.ts';
import { vmPrivileges } from './used-privileges.ts';

/** QEMU guests. */
export const kind: Kind<Observation> = {
  name: 'vm',
  privileges: vmPrivileges,
  check: checkVm,
  decode: decodeVm,
  observe: (resources, context, onObserved) => observeVms(resources.map(withoutIgnored), context, onObserved),
  beginReview,
  review: (resource, observation, changes, context) =>
    reviewMoved(observation, changes, contextOf(observation, context), (...moved) =>
      reviewVm(withoutIgnored(resource), ...moved),
    ),
  create: async (resource, observation, context, changes) =>
    withLimits(
      resource,
      observation.madeBy === undefined
        ? createSteps(withoutIgnored(resource), observation, !(await maySetOptions(context, observation.vmid)))
        : cloneSteps(
            withoutIgnored(resource),
            observation,
            observation.madeBy,
            changes,
            await holds(context, `/vms/${observation.vmid}`, resource.spec['pool'], 'VM.Config.Options'),
          ),
      limitedGuest(withoutIgnored(resource), observation),
      context,
    ),
  update: (resource, observation, changes, context) =>
    withLimits(
      resource,
      withMigration(resource, observation, changes, (...moved) =>
        liveUpdateSteps(withoutIgnored(resource), ...moved, context),
      ),
      limitedGuest(withoutIgnored(resource), observation),
      context,
    ),
  settleEffects: (resource, ...rest) => settleEffects(withoutIgnored(resource), ...rest),
  status: guestStatus,
  observeRemoval: observeRemovals,
  findUnclaimed: findUnclaimedVms,
  findExpired: findExpiredVms,
  exportLive: exportVms,
};
