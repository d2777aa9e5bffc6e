import { failure } from '../../api-error.ts';
import { checkLock, type GuestScope, isRunning, loadDraft, writeDraft } from './guest.ts';
import { disksOf } from './guest-drives.ts';
import { copiedValues, snapshotNames, snapshotOf, withSnapshot } from './snapshot-section.ts';
import { saveState } from './vm-state.ts';
import { guestHasFeature } from './volume-feature.ts';

/** A snapshot to be made. */
export interface SnapshotRequest {
  readonly name: string;
  readonly description?: string;
  /** Whether the memory of a running guest is kept too. */
  readonly withState: boolean;
}

/**
 * Takes a snapshot of the guest, and makes it the parent of what the guest is now (pve-guest-common:
 * PVE/AbstractConfig.pm, snapshot_create). Throws where the guest is a template or locked, the name is taken, or a disk
 * has no snapshots.
 */
export function createSnapshot(scope: GuestScope, { name, description, withState }: SnapshotRequest): void {
  const { facts, clock } = scope.host;
  const draft = loadDraft(scope);
  if (draft.current.get('template') === '1') throw failure("you can't take a snapshot if it's a template");
  checkLock(draft);
  if (snapshotOf(draft.sections, name) !== undefined) throw failure(`snapshot name '${name}' already used`);
  if (!guestHasFeature(scope, draft.current, 'snapshot')) throw failure('snapshot feature is not available');
  for (const other of snapshotNames(draft.sections)) {
    // A snapshot of that name was once removed by hand: the new one is not its successor.
    const values = snapshotOf(draft.sections, other);
    if (values?.get('parent') !== name) continue;
    values.delete('parent');
    draft.sections = withSnapshot(draft.sections, other, values);
  }
  const values = copiedValues(draft.current);
  if (withState && isRunning(scope))
    for (const [key, value] of saveState(scope, draft.current, name)) values.set(key, value);
  values.set('snaptime', String(Math.floor(clock.now() / 1000)));
  if (description !== undefined && description !== '') values.set('description', description);
  for (const { key, drive } of disksOf(facts, values)) scope.log(`snapshotting 'drive-${key}' (${drive.file})`);
  draft.sections = withSnapshot(draft.sections, name, values);
  draft.current.set('parent', name);
  writeDraft(scope, draft);
}
