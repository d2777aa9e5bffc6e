import { parsePropertyString } from '../../../pve/codecs/property-string.ts';
import { failure } from '../../api-error.ts';
import { behaviourOf } from '../../behaviour.ts';
import { configFormat, isCloudInitKey, isDriveKey } from './config-key.ts';
import { isCdrom, isCloudInitDrive, parseDrive } from './drive.ts';
import type { GuestScope } from './guest.ts';
import { parseNet } from './net.ts';

/** Which privilege a scalar key needs; a key that stands nowhere is root's (qemu-server: PVE/API2/Qemu.pm). */
const KEY_PRIVILEGES: Readonly<Record<string, readonly string[]>> = {
  'VM.Config.CPU': ['cores', 'cpu', 'cpulimit', 'cpuunits', 'numa', 'smp', 'sockets', 'vcpus'],
  'VM.Config.Memory': ['memory', 'balloon', 'shares', 'allow-ksm'],
  'VM.Config.HWType': [
    'acpi',
    'audio0',
    'hotplug',
    'kvm',
    'machine',
    'rng0',
    'scsihw',
    'smbios1',
    'tablet',
    'vga',
    'watchdog',
  ],
  'VM.Config.Options': [
    'agent',
    'autostart',
    'bios',
    'description',
    'keyboard',
    'localtime',
    'migrate_downtime',
    'migrate_speed',
    'name',
    'onboot',
    'ostype',
    'protection',
    'reboot',
    'startdate',
    'startup',
    'tags',
    'tdf',
    'template',
  ],
  'VM.Config.Disk': ['boot', 'bootdisk', 'vmstatestorage'],
  'VM.PowerMgmt': ['freeze'],
};

const PRIVILEGE_OF: ReadonlyMap<string, string> = new Map(
  Object.entries(KEY_PRIVILEGES).flatMap(([privilege, keys]) => keys.map((key) => [key, privilege] as const)),
);

/** Throws where the user has none of the privileges on the guest, nor on the pool it is created in. */
export function requireOnGuest(scope: GuestScope, anyOf: readonly string[]): void {
  if (scope.pool !== undefined) {
    const held = scope.host.access.privileges(scope.user, `/pool/${scope.pool}`);
    if (anyOf.some((privilege) => held.has(privilege))) return;
  }
  scope.require(`/vms/${scope.vmid}`, anyOf);
}

/**
 * Throws where the user may not set or delete one of the keys (qemu-server: PVE/API2/Qemu.pm,
 * check_vm_modify_config_perm). Drives, serial ports, USB and PCI devices depend on their values and are checked
 * where those are known.
 */
export function requireForKeys(scope: GuestScope, keys: readonly string[]): void {
  if (scope.user.isRoot) return;
  for (const key of keys) {
    if (isDriveKey(key) || key === 'cdrom' || /^(?:unused|serial|usb|hostpci)\d+$/.test(key)) continue;
    const privilege = PRIVILEGE_OF.get(key) ?? privilegeOfNumbered(key);
    if (privilege !== undefined) requireOnGuest(scope, [privilege]);
    else if (isCloudInitKey(key)) requireOnGuest(scope, ['VM.Config.Cloudinit', 'VM.Config.Network']);
    else if (key === 'vmstate') {
      requireOnGuest(scope, ['VM.Config.Disk']);
      requireOnGuest(scope, ['VM.PowerMgmt']);
    } else throw failure(`only root can set '${key}' config`);
    if (key === 'startup') scope.require('/', ['Sys.Modify']);
  }
}

function privilegeOfNumbered(key: string): string | undefined {
  if (/^numa\d+$/.test(key)) return 'VM.Config.CPU';
  if (/^net\d+$/.test(key)) return 'VM.Config.Network';
  if (/^virtiofs\d+$/.test(key)) return 'VM.Config.Disk';
  return undefined;
}

/** Throws where the user may not change a drive with this value. */
export function requireForDrive(scope: GuestScope, key: string, text: string): void {
  const drive = parseDrive(scope.host.facts, key, text);
  if (drive !== undefined && isCloudInitDrive(drive)) {
    requireOnGuest(scope, ['VM.Config.Cloudinit']);
    requireOnGuest(scope, ['VM.Config.CDROM']);
  } else requireOnGuest(scope, [drive !== undefined && isCdrom(drive) ? 'VM.Config.CDROM' : 'VM.Config.Disk']);
}

/** Throws where the user may not set or delete (`verb`) a serial port, USB or PCI device with this value. */
export function requireForDevice(
  scope: GuestScope,
  key: string,
  text: string,
  verb: 'set' | 'modify' | 'delete',
): void {
  const isRoot = scope.user.isRoot;
  if (key.startsWith('serial')) {
    if (text === 'socket') requireOnGuest(scope, ['VM.Config.HWType']);
    else if (!isRoot) throw failure(`only root can ${verb} '${key}' config for real devices`);
    return;
  }
  const values = parsePropertyString(text, configFormat(scope.host.facts, key));
  const mapping = values['mapping'];
  if (mapping !== undefined) {
    const kind = key.startsWith('usb') ? 'usb' : 'pci';
    scope.require(`/mapping/${kind}/${mapping}`, ['Mapping.Use']);
    requireOnGuest(scope, ['VM.Config.HWType']);
  } else if (key.startsWith('usb') && /^spice$/i.test(values['host'] ?? '')) {
    requireOnGuest(scope, ['VM.Config.HWType']);
  } else if (!isRoot) {
    const what = key.startsWith('usb') ? 'real devices' : 'non-mapped devices';
    throw failure(`only root can set '${key}' config for ${what}`);
  }
}

/**
 * Throws where the user may not use the bridge or vnet of a NIC, or a VLAN there (qemu-server: PVE/QemuServer.pm,
 * check_bridge_access; pve-guest-common: PVE/GuestHelpers.pm, check_vnet_access).
 */
export function requireForNet(scope: GuestScope, text: string): void {
  const { bridge, tag, trunks } = parseNet(scope.host.facts, text);
  if (scope.user.isRoot || !behaviourOf(scope.host).hasMappings) return;
  if (bridge === undefined) {
    if (behaviourOf(scope.host).allowsNicWithoutBridge) return;
    throw failure('no sdn vnet ID specified');
  }
  const path = `/sdn/zones/${scope.host.vnets?.().get(bridge) ?? 'localnetwork'}/${bridge}`;
  const vlans = [...(tag === undefined ? [] : [Number(tag)]), ...vlansOf(trunks)];
  if (vlans.length === 0) scope.require(path, ['SDN.Use']);
  for (const vlan of vlans) scope.require(`${path}/${vlan}`, ['SDN.Use']);
}

/** The VLANs of a trunk, as in `20;30-32`. */
function vlansOf(trunks: string | undefined): readonly number[] {
  return (trunks?.split(';') ?? []).flatMap((part) => {
    const [from = 0, to = from] = part.split('-').map(Number);
    return Array.from({ length: to - from + 1 }, (_, index) => from + index);
  });
}
