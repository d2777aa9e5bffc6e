import { parsePropertyString } from '../../../pve/codecs/property-string.ts';
import { ApiError, failure } from '../../api-error.ts';
import { bootDisks } from './boot-order.ts';
import { driveChange, hotplugFeatures, isImmediate, netChange } from './change-class.ts';
import { recordCloudInit } from './cloud-init-record.ts';
import { configFormat, isDriveKey, withPlainBooleans } from './config-key.ts';
import type { GuestDraft } from './draft.ts';
import { isCloudInitDrive, parseDrive } from './drive.ts';
import type { GuestScope } from './guest.ts';
import { hotpluggedMemory, memoryOf } from './memory.ts';
import { parseNet } from './net.ts';
import { detachDrive, freeVolume, registerUnused } from './unused-volume.ts';

/** A change that stays pending is no error. */
const STAYS_PENDING = Symbol('stays pending');

/**
 * Brings the pending changes of the selected keys to a running guest as far as they can be brought (qemu-server:
 * PVE/QemuServer.pm, vmconfig_hotplug_pending); the rest stays pending. Keys that involve no device are applied whether
 * selected or not. Returns what failed, by key.
 */
export function hotplugPending(
  scope: GuestScope,
  draft: GuestDraft,
  selection: ReadonlySet<string>,
): Readonly<Record<string, string>> {
  const errors: Record<string, string> = {};
  for (const [key, value] of [...draft.pending]) {
    if (!isImmediate(key)) continue;
    recordCloudInit(draft, key, draft.current.get(key), value);
    draft.current.set(key, value);
    draft.pending.delete(key);
  }
  const features = hotplugFeatures(draft.current.get('hotplug'));
  const attempt = (key: string, change: () => unknown, done: () => void): void => {
    try {
      if (change() !== STAYS_PENDING) done();
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      errors[key] = `hotplug problem - ${error.message}\n`;
    }
  };
  for (const [key, isForced] of [...draft.pendingDelete].sort()) {
    if (!selection.has(key)) continue;
    const change = () => unplug(scope, draft, features, key, isForced);
    attempt(key, change, () => {
      recordCloudInit(draft, key, draft.current.get(key), undefined);
      draft.current.delete(key);
      draft.pendingDelete.delete(key);
    });
  }
  for (const [key, value] of [...draft.pending].sort()) {
    if (!selection.has(key)) continue;
    let reached = value;
    const change = () => {
      const result = plug(scope, draft, features, key, value);
      if (typeof result === 'string') reached = result;
      return result;
    };
    attempt(key, change, () => {
      recordCloudInit(draft, key, draft.current.get(key), reached);
      draft.current.set(key, reached);
      draft.pending.delete(key);
    });
  }
  return errors;
}

function unplug(
  scope: GuestScope,
  draft: GuestDraft,
  features: ReadonlySet<string>,
  key: string,
  isForced: boolean,
): typeof STAYS_PENDING | undefined {
  if (isImmediate(key) || key === 'cpuunits' || key === 'cpulimit') return undefined;
  if (key === 'hotplug') return /cpu|memory/.test(draft.current.get('hotplug') ?? '') ? STAYS_PENDING : undefined;
  if (key === 'tablet') return features.has('usb') ? undefined : STAYS_PENDING;
  if (/^usb\d+$/.test(key)) return canHotplugUsb(draft, features) ? undefined : STAYS_PENDING;
  if (key === 'vcpus') return features.has('cpu') ? undefined : STAYS_PENDING;
  if (key === 'balloon') return draft.current.get('balloon') === '0' ? STAYS_PENDING : undefined;
  if (/^net\d+$/.test(key)) return features.has('network') ? undefined : STAYS_PENDING;
  if (key === 'memory' && features.has('memory')) {
    hotpluggedMemory(memoryOf(draft.current.get('memory')), memoryOf(undefined));
    return undefined;
  }
  if (!isDriveKey(key) || !features.has('disk') || !/^(?:scsi|virtio)/.test(key)) return STAYS_PENDING;
  checkNotBootDisk(draft, key);
  detachDrive(scope, draft, key, isForced);
  return undefined;
}

function plug(
  scope: GuestScope,
  draft: GuestDraft,
  features: ReadonlySet<string>,
  key: string,
  value: string,
): typeof STAYS_PENDING | string | undefined {
  if (key === 'cpuunits' || key === 'cpulimit') return undefined;
  if (key === 'hotplug') {
    return /cpu|memory/.test(`${value} ${draft.current.get('hotplug') ?? ''}`) ? STAYS_PENDING : undefined;
  }
  if (key === 'tablet') return features.has('usb') ? undefined : STAYS_PENDING;
  if (/^usb\d+$/.test(key)) return canHotplugUsb(draft, features) ? undefined : STAYS_PENDING;
  if (key === 'vcpus') return features.has('cpu') ? checkVcpus(draft, Number(value)) : STAYS_PENDING;
  if (key === 'balloon') {
    // The balloon device itself cannot be plugged: only a change between two sizes is live.
    return (draft.current.get('balloon') === '0') === (value === '0') ? undefined : STAYS_PENDING;
  }
  if (key === 'memory') {
    if (!features.has('memory')) return STAYS_PENDING;
    return String(hotpluggedMemory(memoryOf(draft.current.get('memory')), memoryOf(value)));
  }
  if (key === 'agent') return isAgentChangeLive(scope, draft.current.get('agent'), value) ? undefined : STAYS_PENDING;
  if (/^net\d+$/.test(key)) return plugNet(scope, draft, features, key, value);
  if (isDriveKey(key)) return plugDrive(scope, draft, features, key, value);
  return STAYS_PENDING;
}

function canHotplugUsb(draft: GuestDraft, features: ReadonlySet<string>): boolean {
  return features.has('usb') && /^(?:l26|win8|win10|win11)$/.test(draft.current.get('ostype') ?? '');
}

function checkVcpus(draft: GuestDraft, vcpus: number): undefined {
  const maximum = Number(draft.current.get('sockets') ?? 1) * Number(draft.current.get('cores') ?? 1);
  if (vcpus > maximum) throw failure("you can't add more vcpus than maxcpus");
  return undefined;
}

function checkNotBootDisk(draft: GuestDraft, key: string): void {
  if (bootDisks(draft.current).includes(key)) throw failure(`can't unplug bootdisk '${key}'`);
}

/** Only `fstrim_cloned_disks` can change while the guest runs (vmconfig_update_agent). */
function isAgentChangeLive(scope: GuestScope, before: string | undefined, after: string): boolean {
  if (before === undefined) return false;
  const format = configFormat(scope.host.facts, 'agent');
  const parse = (text: string): Record<string, string> => {
    const values = withPlainBooleans(parsePropertyString(text, format), format);
    return values['enabled'] === '1' ? values : {};
  };
  const [old, next] = [parse(before), parse(after)];
  return [...Object.keys(old), ...Object.keys(next)].every(
    (option) => option === 'fstrim_cloned_disks' || old[option] === next[option],
  );
}

function plugNet(
  scope: GuestScope,
  draft: GuestDraft,
  features: ReadonlySet<string>,
  key: string,
  value: string,
): typeof STAYS_PENDING | undefined {
  const next = parseNet(scope.host.facts, value);
  const before = draft.current.get(key);
  const isLive = before !== undefined && netChange(parseNet(scope.host.facts, before), next) === 'live';
  if (!isLive && !features.has('network')) return STAYS_PENDING;
  const bridge = next['bridge'];
  if (bridge === undefined || scope.host.nodes.get(scope.node)?.bridges.includes(bridge)) return undefined;
  if (isLive) throw failure(`bridge '${bridge}' does not exist`);
  const script = '/usr/libexec/qemu-server/pve-bridge-hotplug';
  throw failure(`VM ${scope.vmid} qmp command 'netdev_add' failed - network script ${script} failed with status 512`);
}

function plugDrive(
  scope: GuestScope,
  draft: GuestDraft,
  features: ReadonlySet<string>,
  key: string,
  value: string,
): typeof STAYS_PENDING | undefined {
  if (key === 'efidisk0' || key === 'tpmstate0') return STAYS_PENDING;
  const next = parseDrive(scope.host.facts, key, value);
  const text = draft.current.get(key);
  const before = text === undefined ? undefined : parseDrive(scope.host.facts, key, text);
  if (next === undefined) throw failure('unable to parse drive options');
  if (before !== undefined) {
    const change = driveChange(before, next);
    if (change === undefined) throw failure('unable to change media type');
    if (change === 'restart') return STAYS_PENDING;
    if (change === 'live') {
      if (isCloudInitDrive(before) && next.file === 'none') freeVolume(scope, before.file);
      return undefined;
    }
    if (!features.has('disk')) return STAYS_PENDING;
    checkNotBootDisk(draft, key);
    if (!/^(?:scsi|virtio)/.test(key)) throw failure(`can't unplug device '${key}'`);
    registerUnused(scope, draft, before);
  }
  return features.has('disk') && /^(?:scsi|virtio)/.test(key) ? undefined : STAYS_PENDING;
}
