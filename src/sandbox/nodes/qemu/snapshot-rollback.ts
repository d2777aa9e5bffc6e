import { failure } from '../../api-error.ts';
import type { GuestDraft } from './draft.ts';
import { parseDiskSize, storageOf } from './drive.ts';
import { checkLock, type GuestScope, loadDraft, writeDraft } from './guest.ts';
import { disksOf } from './guest-drives.ts';
import { powerTask, stopGuest } from './power.ts';
import { copiedValues, snapshotNames, snapshotOf } from './snapshot-section.ts';
import { storageNamed } from './storage-access.ts';
import { registerUnused } from './unused-volume.ts';

/**
 * Begins a rollback: the guest is stopped and locked. Throws where there is no such snapshot, or the guest is a template
 * or locked, or ZFS has a newer snapshot.
 */
export function lockForRollback(scope: GuestScope, name: string): void {
  const draft = loadDraft(scope);
  if (draft.current.get('template') === '1') throw failure("you can't rollback if vm is a template");
  const snapshot = snapshotOf(draft.sections, name);
  if (snapshot === undefined) throw failure(`snapshot '${name}' does not exist`);
  for (const { drive } of disksOf(scope.host.facts, snapshot)) checkNewest(scope, draft, name, drive.file);
  checkLock(draft);
  stopGuest(scope, true);
  const stopped = loadDraft(scope);
  stopped.current.set('lock', 'rollback');
  writeDraft(scope, stopped);
}

/**
 * Brings the guest back to a snapshot: every key but the description and unused disks is as it was, disks that came
 * later become unused, what is pending is dropped (pve-guest-common: PVE/AbstractConfig.pm, snapshot_rollback). A
 * running guest is stopped; it runs again where the snapshot has its memory, or `start` asks for it; and it is unlocked.
 */
export function rollback(scope: GuestScope, name: string, start: boolean): void {
  const { facts, guests, clock, random, volumes } = scope.host;
  const draft = loadDraft(scope);
  const snapshot = snapshotOf(draft.sections, name) ?? new Map<string, string>();
  const disks = disksOf(facts, snapshot);
  const kept = new Set(disks.map(({ drive }) => drive.file));
  for (const { drive } of disksOf(facts, draft.current)) {
    if (!kept.has(drive.file)) registerUnused(scope, draft, drive);
  }
  for (const { drive } of disks) {
    const size = parseDiskSize(drive.options['size'] ?? '');
    if (size !== undefined && volumes.find(drive.file, scope.node) !== undefined) {
      volumes.resize(drive.file, scope.node, size);
    }
  }
  const current = copiedValues(snapshot);
  for (const [key, value] of draft.current) {
    if (key === 'description' || /^unused\d+$/.test(key)) current.set(key, value);
  }
  current.set('parent', name);
  if (current.has('vmgenid')) current.set('vmgenid', random.uuid());
  writeDraft(scope, { current, pending: new Map(), pendingDelete: new Map(), sections: draft.sections });
  if (snapshot.has('vmstate')) guests.setStartedAt(scope.vmid, clock.now());
  else if (start) powerTask(scope, 'qmstart');
}

/** ZFS goes back to its newest snapshot only (pve-storage: PVE/Storage/ZFSPoolPlugin.pm, volume_rollback_is_possible). */
function checkNewest(scope: GuestScope, draft: GuestDraft, name: string, volid: string): void {
  const id = storageOf(volid);
  if (id === undefined || storageNamed(scope.host, id).type !== 'zfspool') return;
  const isNewer = snapshotNames(draft.sections).some((other) => {
    const values = snapshotOf(draft.sections, other);
    const hasVolume = disksOf(scope.host.facts, values ?? new Map()).some(({ drive }) => drive.file === volid);
    return hasVolume && descendsFrom(draft, other, name);
  });
  if (isNewer) throw failure(`can't rollback, '${name}' is not most recent snapshot on '${volid}'`);
}

function descendsFrom(draft: GuestDraft, name: string, ancestor: string): boolean {
  const seen = new Set<string>();
  let parent = snapshotOf(draft.sections, name)?.get('parent');
  while (parent !== undefined && !seen.has(parent)) {
    if (parent === ancestor) return true;
    seen.add(parent);
    parent = snapshotOf(draft.sections, parent)?.get('parent');
  }
  return false;
}
