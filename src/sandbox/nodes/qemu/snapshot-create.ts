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
 * Begins a snapshot: the guest is locked and the snapshot's section made (pve-guest-common: PVE/AbstractConfig.pm,
 * __snapshot_prepare). Throws where the guest is a template or locked, the name is taken, or a disk has no snapshots.
 */
export function prepareSnapshot(scope: GuestScope, { name, description }: SnapshotRequest): void {
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
  values.set('snaptime', String(Math.floor(scope.host.clock.now() / 1000)));
  values.set('snapstate', 'prepare');
  if (description !== undefined && description !== '') values.set('description', description);
  draft.sections = withSnapshot(draft.sections, name, values);
  draft.current.set('lock', 'snapshot');
  writeDraft(scope, draft);
}

/**
 * Takes the snapshot that was begun, makes it the parent of what the guest is now, and unlocks the guest
 * (snapshot_create, __snapshot_commit). Where it fails, nothing of it is left.
 */
export function commitSnapshot(scope: GuestScope, { name, withState }: SnapshotRequest): void {
  const { facts } = scope.host;
  const draft = loadDraft(scope);
  const values = snapshotOf(draft.sections, name) ?? new Map<string, string>();
  values.delete('snapstate');
  draft.current.delete('lock');
  try {
    if (withState && isRunning(scope))
      for (const [key, value] of saveState(scope, draft.current, name)) values.set(key, value);
  } catch (error) {
    draft.sections = withSnapshot(draft.sections, name, undefined);
    writeDraft(scope, draft);
    throw error;
  }
  for (const { key, drive } of disksOf(facts, values)) scope.log(`snapshotting 'drive-${key}' (${drive.file})`);
  draft.sections = withSnapshot(draft.sections, name, values);
  draft.current.set('parent', name);
  writeDraft(scope, draft);
}
