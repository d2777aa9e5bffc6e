import { parsePropertyString, printPropertyString } from '../../../pve/codecs/property-string.ts';
import { failure } from '../../api-error.ts';
import { configFormat, isDriveKey } from './config-key.ts';
import { type Drive, isCdrom, isCloudInitDrive, parseDrive, storageOf } from './drive.ts';
import { checkLock, type GuestScope, isRunning, loadDraft } from './guest.ts';
import { normaliseNet, parseNet } from './net.ts';
import { requireForNet } from './privilege.ts';
import { copiedValues, snapshotOf } from './snapshot-section.ts';
import { storageNamed } from './storage-access.ts';
import { volumeHasFeature } from './volume-feature.ts';

/** What a clone is asked to be. */
export interface CloneRequest {
  readonly newid: number;
  readonly name: string | undefined;
  readonly description: string | undefined;
  readonly snapshot: string | undefined;
  readonly isFull: boolean | undefined;
  readonly storage: string | undefined;
  readonly format: string | undefined;
  /** Another node; undefined: this one. */
  readonly target: string | undefined;
}

/** What a clone will be made of. */
export interface ClonePlan {
  /** The new guest's keys, without the drives that are yet to be made. */
  readonly values: Map<string, string>;
  readonly drives: readonly { readonly key: string; readonly drive: Drive; readonly isFull: boolean }[];
  /** The keys whose pending changes the clone does not take. */
  readonly dropped: readonly string[];
}

/**
 * Checks a clone and says what it will be made of (qemu-server: PVE/API2/Qemu.pm, clone_vm): every key but unused disks
 * and what belongs to snapshots, with new MAC addresses and ids. Throws what the real call answers at once.
 */
export function planClone(scope: GuestScope, request: CloneRequest): ClonePlan {
  const { storage, format, target, newid } = request;
  const { host } = scope;
  if (target !== undefined && !host.nodes.has(target)) throw failure(`no such cluster node '${target}'`);
  const draft = loadDraft(scope);
  checkLock(draft);
  const source = request.snapshot === undefined ? draft.current : snapshotOf(draft.sections, request.snapshot);
  if (source === undefined) throw failure(`snapshot '${request.snapshot}' does not exist`);
  const isFull = request.isFull ?? draft.current.get('template') !== '1';
  if (storage !== undefined && !isFull) throw failure("parameter 'storage' not allowed for linked clones");
  if (format !== undefined && !isFull) throw failure("parameter 'format' not allowed for linked clones");
  if (storage !== undefined && !storageNamed(host, storage).shared && target !== undefined) {
    throw failure(`can't clone to non-shared storage '${storage}'`);
  }
  const isShared = checkStorages(scope, source, storage);
  for (const [key, value] of source) if (/^net\d+$/.test(key)) requireForNet(scope, value);
  if (target !== undefined && !isShared) throw failure(`can't clone VM to node '${target}' (VM uses local storage)`);
  if (host.guests.get(newid) !== undefined) throw failure(`unable to create VM ${newid}: config file already exists`);
  const drives = plannedDrives(scope, source, isFull, request.snapshot);
  return { values: clonedValues(scope, source, request), drives, dropped: [...draft.pending.keys()].sort() };
}

/** Throws where the user may not allocate what the clone needs; returns whether all that it uses is shared. */
function checkStorages(scope: GuestScope, source: ReadonlyMap<string, string>, target: string | undefined): boolean {
  let isShared = true;
  for (const [key, text] of source) {
    const drive = isDriveKey(key) ? parseDrive(scope.host.facts, key, text) : undefined;
    if (drive === undefined || drive.file === 'none') continue;
    if (drive.file === 'cdrom') {
      scope.require('/', ['Sys.Console']);
      continue;
    }
    const id = storageOf(drive.file);
    if (id === undefined) continue;
    isShared &&= storageNamed(scope.host, id).shared;
    if (!isCdrom(drive) || isCloudInitDrive(drive)) {
      scope.require(`/storage/${target ?? id}`, ['Datastore.AllocateSpace']);
    }
  }
  return isShared;
}

function plannedDrives(
  scope: GuestScope,
  source: ReadonlyMap<string, string>,
  isFull: boolean,
  snapshot: string | undefined,
): ClonePlan['drives'] {
  const drives: ClonePlan['drives'][number][] = [];
  for (const [key, text] of [...source].sort()) {
    if (!isDriveKey(key)) continue;
    const drive = parseDrive(scope.host.facts, key, text);
    if (drive === undefined) throw failure(`unable to parse drive options for '${key}'`);
    const isCloudInit = isCloudInitDrive(drive);
    if (isCdrom(drive) && !isCloudInit) continue;
    if (key === 'tpmstate0' && isFull && snapshot === undefined && isRunning(scope)) {
      throw failure('cannot clone TPM state while VM is running');
    }
    const isCopied = isFull || isCloudInit;
    if (!volumeHasFeature(scope, drive.file, isCopied ? 'copy' : 'clone', isCloudInit ? undefined : snapshot)) {
      throw failure(`${isCopied ? 'Full' : 'Linked'} clone feature is not supported for '${drive.file}' (${key})`);
    }
    drives.push({ key, drive, isFull: isCopied });
  }
  return drives;
}

function clonedValues(
  scope: GuestScope,
  source: ReadonlyMap<string, string>,
  { name, description }: CloneRequest,
): Map<string, string> {
  const { facts, random } = scope.host;
  const values = copiedValues(source);
  const previous = source.get('description');
  if (previous !== undefined) values.set('description', previous);
  values.delete('parent');
  values.delete('template');
  for (const [key, text] of [...values]) {
    if (/^net\d+$/.test(key)) {
      const { macaddr: _old, ...net } = parseNet(facts, text);
      values.set(key, normaliseNet(scope.host, printPropertyString(net, configFormat(facts, 'net0'))));
      continue;
    }
    const drive = isDriveKey(key) ? parseDrive(facts, key, text) : undefined;
    if (drive !== undefined && (!isCdrom(drive) || isCloudInitDrive(drive))) values.delete(key);
  }
  const format = configFormat(facts, 'smbios1');
  const smbios = parsePropertyString(values.get('smbios1') ?? '', format);
  values.set('smbios1', printPropertyString({ ...smbios, uuid: random.uuid() }, format));
  if (values.has('vmgenid')) values.set('vmgenid', random.uuid());
  values.set('name', name ?? `Copy-of-VM-${source.get('name') ?? scope.vmid}`);
  if (description !== undefined && description !== '') values.set('description', description);
  return values;
}
