import { failure } from '../../api-error.ts';
import { checkTagChange } from '../../tag-access.ts';
import { allocateDrives } from './allocate-drives.ts';
import { applyPending } from './apply-pending.ts';
import { parseBootOrder, printBootOrder } from './boot-order.ts';
import { isDriveKey } from './config-key.ts';
import { cleanUpPending, type GuestDraft, hasPending } from './draft.ts';
import { isCdrom, isCloudInitDrive, parseDrive } from './drive.ts';
import { checkProtection, type GuestScope, isRunning, loadDraft, writeDraft } from './guest.ts';
import { hotplugPending } from './hotplug.ts';
import { pinnedMachine } from './machine.ts';
import { requireForDevice, requireForDrive, requireForNet, requireOnGuest } from './privilege.ts';
import { normaliseTags } from './tags.ts';
import { destroyUnused, freeVolume, registerUnused } from './unused-volume.ts';

/** A checked update of a guest's config. */
export interface ConfigUpdate {
  readonly settings: Readonly<Record<string, string>>;
  readonly deleted: readonly string[];
  /** Whether the volumes of deleted drives go too. */
  readonly isForced: boolean;
}

interface Work extends ConfigUpdate {
  readonly scope: GuestScope;
  /** The current boot order, as the request changes it. */
  bootOrder: readonly string[];
  /** The keys that are to be brought to a running guest. */
  readonly selection: Set<string>;
}

/**
 * Carries out an update of a guest's config (qemu-server: PVE/API2/Qemu.pm, update_vm_api): every removal and then every
 * value goes to the pending part, one write each, and what is pending is then applied to a stopped guest, or plugged
 * into a running one. Returns what failed there, by key; throws where a step before failed, and keeps those done.
 */
export function updateConfig(scope: GuestScope, update: ConfigUpdate): Readonly<Record<string, string>> {
  const bootOrder = parseBootOrder(loadDraft(scope).current.get('boot'));
  const work: Work = { ...update, scope, bootOrder, selection: new Set() };
  for (const key of update.deleted) {
    const draft = loadDraft(scope);
    if (deleteKey(work, draft, key)) writeDraft(scope, draft);
  }
  for (const key of Object.keys(update.settings).sort()) {
    const draft = loadDraft(scope);
    if (setKey(work, draft, key, update.settings[key] as string)) writeDraft(scope, draft);
  }
  let draft = loadDraft(scope);
  cleanUpPending(draft);
  draft = writeDraft(scope, draft);
  if (!hasPending(draft)) return {};
  const errors = isRunning(scope) ? hotplugPending(scope, draft, work.selection) : applyPending(scope, draft);
  writeDraft(scope, draft);
  return errors;
}

function deleteKey(work: Work, draft: GuestDraft, key: string): boolean {
  const { scope } = work;
  const pending = draft.pending.get(key);
  const value = draft.current.get(key) ?? pending;
  if (value === undefined) {
    scope.log(`cannot delete '${key}' - not set in current configuration!`);
    return false;
  }
  work.selection.add(key);
  draft.pending.delete(key);
  if (work.bootOrder.includes(key)) {
    work.bootOrder = work.bootOrder.filter((device) => device !== key);
    setBootOrder(work, draft);
  }
  if (key.startsWith('unused')) destroyUnused(scope, draft, key, value);
  else if (key === 'tags') {
    requireOnGuest(scope, ['VM.Config.Options']);
    checkTagChange(scope.host, scope.user, draft.current.get('tags') ?? '', '');
    draft.current.delete(key);
  } else if (key === 'vmstate') deleteState(scope, draft, value);
  else {
    checkDeletion(work, draft, key, value);
    if (isDriveKey(key) && pending !== undefined) {
      const drive = parseDrive(scope.host.facts, key, pending);
      if (drive !== undefined) registerUnused(scope, draft, drive);
    }
    draft.pendingDelete.set(key, work.isForced);
  }
  return true;
}

function deleteState(scope: GuestScope, draft: GuestDraft, volid: string): void {
  freeVolume(scope, volid);
  for (const key of ['vmstate', 'runningmachine', 'runningcpu']) draft.current.delete(key);
  if (draft.current.get('lock') === 'suspended') draft.current.delete('lock');
}

function checkDeletion(work: Work, draft: GuestDraft, key: string, value: string): void {
  if (isDriveKey(key)) {
    checkProtection(draft, `can't remove drive '${key}'`);
    requireForDrive(work.scope, key, value);
  } else if (/^(?:serial|usb|hostpci)\d+$/.test(key)) requireForDevice(work.scope, key, value, 'delete');
  else if (/^net\d+$/.test(key)) requireForNet(work.scope, draft.current.get(key) ?? value);
}

function setBootOrder(work: Work, draft: GuestDraft): void {
  draft.pending.set('boot', printBootOrder(work.bootOrder));
  work.selection.add('boot');
}

function setKey(work: Work, draft: GuestDraft, key: string, value: string): boolean {
  const { scope } = work;
  work.selection.add(key);
  if (draft.pending.get(key) === value) return false;
  const current = draft.current.get(key);
  if (isDriveKey(key)) setDrive(work, draft, key, value);
  else if (key === 'tags') {
    requireOnGuest(scope, ['VM.Config.Options']);
    checkTagChange(scope.host, scope.user, current ?? '', value);
    draft.pending.set(key, normaliseTags(value, scope.host.datacenter['tag-style']));
  } else if (key === 'boot') setBoot(work, draft, value);
  else {
    if (/^(?:serial|usb|hostpci)\d+$/.test(key)) {
      if (current !== undefined) requireForDevice(scope, key, current, 'modify');
      requireForDevice(scope, key, value, 'modify');
    } else if (/^net\d+$/.test(key)) {
      if (current !== undefined) requireForNet(scope, current);
      requireForNet(scope, value);
    } else if (key === 'ostype' && !work.selection.has('machine') && work.settings['machine'] === undefined) {
      const machine = pinnedMachine(scope.host, value, draft.current.get('machine'));
      if (machine !== undefined) {
        draft.pending.set('machine', machine);
        work.selection.add('machine');
      }
    }
    draft.pending.set(key, value);
  }
  draft.pendingDelete.delete(key);
  return true;
}

function setDrive(work: Work, draft: GuestDraft, key: string, value: string): void {
  const { scope } = work;
  const current = draft.current.get(key);
  if (current !== undefined) requireForDrive(scope, key, current);
  requireForDrive(scope, key, value);
  const pending = parseDrive(scope.host.facts, key, draft.pending.get(key) ?? '');
  if (pending !== undefined) registerUnused(scope, draft, pending);
  const others = [...draft.current, ...draft.pending];
  const { values } = allocateDrives(scope, { [key]: value }, others);
  for (const [drive, text] of values) draft.pending.set(drive, text);
  const drive = parseDrive(scope.host.facts, key, value);
  const isMedium = drive !== undefined && isCdrom(drive) && !isCloudInitDrive(drive);
  if (work.bootOrder.length > 0 && isMedium && !work.bootOrder.includes(key)) {
    work.bootOrder = [...work.bootOrder, key];
    setBootOrder(work, draft);
  }
}

function setBoot(work: Work, draft: GuestDraft, value: string): void {
  const order = parseBootOrder(value);
  for (const device of order) {
    const exists = [draft.current.get(device), draft.pending.get(device), work.settings[device]].some(
      (text) => text !== undefined,
    );
    if (!exists || work.deleted.includes(device)) {
      throw failure(`invalid bootorder: device '${device}' does not exist'`);
    }
  }
  draft.pending.set('boot', order.length > 0 ? printBootOrder(order) : value);
  if (order.length > 0 && draft.current.has('bootdisk')) draft.pendingDelete.set('bootdisk', false);
}
