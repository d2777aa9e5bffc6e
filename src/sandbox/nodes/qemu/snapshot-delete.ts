import { failure } from '../../api-error.ts';
import type { GuestDraft } from './draft.ts';
import { checkLock, type GuestScope, loadDraft, writeDraft } from './guest.ts';
import { disksOf } from './guest-drives.ts';
import { snapshotNames, snapshotOf, withSnapshot } from './snapshot-section.ts';
import { freeVolume, registerUnused } from './unused-volume.ts';

/**
 * Begins to remove a snapshot: the guest is locked, and the snapshot marked. Throws where there is none of that name, or
 * the guest is locked or a template.
 */
export function lockForDelete(scope: GuestScope, name: string): void {
  const draft = loadDraft(scope);
  const values = snapshotOf(draft.sections, name);
  if (values === undefined) throw failure(`snapshot '${name}' does not exist`);
  checkLock(draft);
  if (draft.current.get('template') === '1') throw failure("you can't delete a snapshot if vm is a template");
  values.set('snapstate', 'delete');
  draft.sections = withSnapshot(draft.sections, name, values);
  draft.current.set('lock', 'snapshot-delete');
  writeDraft(scope, draft);
}

/**
 * Removes a snapshot and unlocks the guest; what descends from it descends from its parent then, and a disk that only
 * the snapshot had
 * becomes unused (pve-guest-common: PVE/AbstractConfig.pm, snapshot_delete).
 */
export function deleteSnapshot(scope: GuestScope, name: string): void {
  const draft = loadDraft(scope);
  const values = snapshotOf(draft.sections, name) ?? new Map<string, string>();
  draft.current.delete('lock');
  const state = values.get('vmstate');
  if (state !== undefined) freeVolume(scope, state);
  const parent = values.get('parent');
  draft.sections = withSnapshot(draft.sections, name, undefined);
  replaceParent(draft.current, name, parent);
  for (const other of snapshotNames(draft.sections)) {
    const others = snapshotOf(draft.sections, other);
    if (others === undefined || others.get('parent') !== name) continue;
    replaceParent(others, name, parent);
    draft.sections = withSnapshot(draft.sections, other, others);
  }
  keepDisks(scope, draft, values);
  writeDraft(scope, draft);
}

function replaceParent(values: Map<string, string>, name: string, parent: string | undefined): void {
  if (values.get('parent') !== name) return;
  if (parent === undefined) values.delete('parent');
  else values.set('parent', parent);
}

function keepDisks(scope: GuestScope, draft: GuestDraft, values: ReadonlyMap<string, string>): void {
  for (const { drive } of disksOf(scope.host.facts, values)) registerUnused(scope, draft, drive);
}
