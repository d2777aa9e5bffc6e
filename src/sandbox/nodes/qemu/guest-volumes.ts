import type { StorageDefinition } from '../../host.ts';
import { isCdrom, isCloudInitDrive, parseDiskSize, parseDrive, storageOf } from './drive.ts';
import { type GuestScope, loadDraft } from './guest.ts';
import { drivesOf } from './guest-drives.ts';
import { snapshotNames, snapshotOf } from './snapshot-section.ts';
import { storageNamed } from './storage-access.ts';

/** A volume that a guest refers to, once for all places that do. */
export interface GuestVolume {
  readonly volid: string;
  readonly storage: StorageDefinition;
  /** The slot it is in now; undefined where it is unused or in a snapshot only. */
  readonly key: string | undefined;
  /** Bytes, as the config says. */
  readonly size: number | undefined;
  readonly isAttached: boolean;
  readonly isCdrom: boolean;
  readonly isCloudInit: boolean;
  readonly isUnused: boolean;
  readonly isState: boolean;
  readonly isTpm: boolean;
  /** Whether a snapshot has it. */
  readonly isInSnapshot: boolean;
}

/** All volumes of a guest (qemu-server: PVE/QemuServer.pm, foreach_volid); empty drives and the host's own are none. */
export function guestVolumes(scope: GuestScope): readonly GuestVolume[] {
  const draft = loadDraft(scope);
  const found = new Map<string, GuestVolume>();
  const add = (volid: string, values: Partial<GuestVolume>): void => {
    const id = storageOf(volid);
    if (id === undefined) return;
    const before = found.get(volid);
    const blank = { key: undefined, size: undefined, isCdrom: false, isCloudInit: false };
    const flags = { isAttached: false, isUnused: false, isState: false, isTpm: false, isInSnapshot: false };
    const known = before ?? { ...blank, ...flags, volid, storage: storageNamed(scope.host, id) };
    // A snapshot that has what is attached too adds only that; of two slots the last one is told.
    const isLater = before === undefined || values.isInSnapshot !== true;
    found.set(volid, isLater ? { ...known, ...values } : { ...known, isInSnapshot: true });
  };
  const addDrives = (values: ReadonlyMap<string, string>, isInSnapshot: boolean): void => {
    for (const { key, drive } of drivesOf(scope.host.facts, values)) {
      const size = parseDiskSize(drive.options['size'] ?? '');
      const place = isInSnapshot ? { isInSnapshot: true } : { key, isAttached: true, isTpm: key === 'tpmstate0', size };
      add(drive.file, { ...place, isCdrom: isCdrom(drive), isCloudInit: isCloudInitDrive(drive) });
    }
    const state = values.get('vmstate');
    if (state !== undefined) add(state, { isState: true, ...(isInSnapshot ? { isInSnapshot } : {}) });
  };
  addDrives(draft.current, false);
  addDrives(draft.pending, false);
  for (const [key, text] of draft.current) {
    const drive = /^unused\d+$/.test(key) ? parseDrive(scope.host.facts, key, text) : undefined;
    if (drive !== undefined) add(drive.file, { isUnused: true });
  }
  for (const name of snapshotNames(draft.sections)) addDrives(snapshotOf(draft.sections, name) ?? new Map(), true);
  return [...found.values()];
}
