import type { Diagnostic } from '../../../core/diagnostic.ts';
import type { Change } from '../../../core/plan.ts';
import type { Resource } from '../../../core/resource.ts';
import type { Observation, PlanContext } from '../../kind.ts';
import { changeProblem } from './problem.ts';
import { attachmentProblems } from './review-attached.ts';
import { emptyDisks } from './review-empty.ts';
import { formatProblems } from './review-formats.ts';
import { freedProblems } from './review-freed.ts';
import { moveProblems } from './review-moves.ts';
import { destructionProblems, replacedDisks } from './review-removals.ts';
import { spaceWarnings } from './review-space.ts';
import { storagePrivileges } from './storage-privileges.ts';
import { waitsForStart } from './volume-change.ts';
import { deviceName } from './volumes.ts';

/** Growth and moves of a disk that the running guest does not have yet: Proxmox VE knows no such disk until the next start. */
function earlyChanges(
  resource: Resource,
  { live, vmid }: Observation,
  changes: readonly Change[],
): readonly Diagnostic[] {
  return changes
    .filter((change) => waitsForStart(change, live))
    .map((change) => {
      const detail = `${deviceName(change.key)} of guest ${vmid} is added at its next start, and cannot be grown or moved before. Shut the guest down, and apply again.`;
      return changeProblem(resource, change, 'the disk waits for a restart', detail);
    });
}

/** What stands in the way of changes to disks, the EFI disk and the TPM's state, and what a reader should know of them. */
export async function diskProblems(
  resource: Resource,
  observation: Observation,
  changes: readonly Change[],
  context: PlanContext,
): Promise<readonly Diagnostic[]> {
  return [
    ...earlyChanges(resource, observation, changes),
    ...replacedDisks(resource, observation, changes),
    ...emptyDisks(resource, observation, changes),
    ...(await moveProblems(resource, observation, changes, context)),
    ...(await formatProblems(resource, observation, changes, context)),
    ...(await attachmentProblems(resource, observation, changes, context)),
    ...(await destructionProblems(resource, observation, changes, context)),
    ...(await freedProblems(resource, observation, changes, context)),
    ...(await spaceWarnings(resource, observation, changes, context)),
    ...(await storagePrivileges(resource, observation, changes, context)),
  ];
}
