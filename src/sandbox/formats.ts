import { isIP, isIPv4, isIPv6 } from 'node:net';
import type { ApiFacts } from '../pve/facts/facts.ts';
import { builtInRoles } from './access/roles.ts';
import { parseUserId } from './access/user-id.ts';

/** Throws an `Error` whose message is Proxmox VE's own, without the newline it ends in. */
export type FormatCheck = (value: string, facts: ApiFacts) => void;

function matching(pattern: RegExp, message: (value: string) => string): FormatCheck {
  return (value) => {
    if (!pattern.test(value)) throw new Error(message(value));
  };
}

function allowing(isAllowed: (value: string) => boolean, message: (value: string) => string): FormatCheck {
  return (value) => {
    if (!isAllowed(value)) throw new Error(message(value));
  };
}

const LABEL = '[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?';
const DNS_NAME = new RegExp(`^(?:${LABEL}\\.)*${LABEL}$`);
const VOLUME_ID = /^[a-z][a-z0-9\-_.]*[a-z0-9]:.+$/i;
const unparsableVolume = (value: string): string => `unable to parse volume ID '${value}'`;
const DISK_KEY = /^(?:ide[0-3]|sata[0-5]|scsi(?:[12]?\d|30)|virtio(?:\d|1[0-5]))$/;
const HOTPLUG_FEATURES = new Set(['network', 'disk', 'cpu', 'memory', 'usb', 'cloudinit']);
const CONTENT_TYPES = new Set(['images', 'rootdir', 'vztmpl', 'iso', 'backup', 'snippets', 'none', 'import']);

function isCidr(value: string): boolean {
  const [address = '', mask = '', ...rest] = value.split('/');
  if (rest.length > 0 || !/^\d{1,3}$/.test(mask)) return false;
  const family = isIP(address);
  return family === 4 ? Number(mask) <= 32 : family === 6 && Number(mask) <= 128;
}

function isStartupOrder(value: string): boolean {
  return value
    .split(',')
    .filter((part) => part.trim() !== '')
    .every((part) => /^(?:(?:order=)?\d+|up=\d+|down=\d+)$/.test(part.trim()));
}

function checkHotplug(value: string): void {
  if (value === '0' || value === '1') return;
  for (const feature of value.split(/[,;\s]+/)) {
    if (feature !== '' && !HOTPLUG_FEATURES.has(feature)) throw new Error(`invalid hotplug feature '${feature}'`);
  }
}

function checkPool(value: string): void {
  if (!/^[A-Za-z0-9._/-]+$/.test(value)) throw new Error(`pool name '${value}' contains invalid characters`);
  if (value.split('/').length > 3) throw new Error(`pool name '${value}' nested too deeply (max levels = 3)`);
}

/**
 * The checks in code that the API facts only name, with Proxmox VE's own messages (pve-common: PVE/JSONSchema.pm,
 * and the packages that register formats of their own). A format that is not here accepts everything.
 */
export const FORMAT_CHECKS: Readonly<Record<string, FormatCheck>> = {
  CIDR: allowing(isCidr, () => 'value does not look like a valid CIDR network'),
  address: allowing(
    (value) => isIP(value) !== 0 || DNS_NAME.test(value),
    (value) => `value does not look like a valid address: ${value}`,
  ),
  'disk-size': matching(/^\d+(?:\.\d+)?[KMGT]?$/, (value) => `value does not look like a valid disk size: ${value}`),
  'dns-name': matching(DNS_NAME, () => 'value does not look like a valid DNS name'),
  email: matching(
    /^[\w+\-~]+(?:\.[\w+\-~]+)*@[a-zA-Z0-9-]+(?:\.[a-zA-Z0-9-]+)*$/,
    () => 'value does not look like a valid email address',
  ),
  ipv4: allowing(isIPv4, () => 'value does not look like a valid IPv4 address'),
  ipv6: allowing(isIPv6, () => 'value does not look like a valid IPv6 address'),
  ip: allowing(
    (value) => isIP(value) !== 0,
    () => 'value does not look like a valid IP address',
  ),
  'mac-addr': matching(
    /^[a-f0-9][02468ace](?::[a-f0-9]{2}){5}$/i,
    () => 'value does not look like a valid unicast MAC address',
  ),
  'pve-bridge-id': matching(/^[-_.\w]+$/, (value) => `invalid bridge ID '${value}'`),
  'pve-configid': matching(/^[a-z][a-z0-9_-]+$/i, (value) => `invalid configuration ID '${value}'`),
  'pve-cpuset': allowing(
    (value) => value.split(',').every((part) => /^\s*\d+(?:-\d+)?\s*$/.test(part)),
    () => 'unable to parse cpuset option',
  ),
  'pve-groupid': matching(/^[A-Za-z0-9.\-_]+$/, (value) => `group name '${value}' contains invalid characters`),
  'pve-ha-resource-or-vm-id': matching(/^(?:\d+|[a-z]+:\S+)$/, () => 'value does not look like a valid ha resource id'),
  'pve-hotplug-features': checkHotplug,
  'pve-ipv4-config': allowing(
    (value) => /^(?:dhcp|manual)$/.test(value) || (isCidr(value) && isIPv4(value.split('/')[0] ?? '')),
    () => 'value does not look like a valid ipv4 network configuration',
  ),
  'pve-ipv6-config': allowing(
    (value) => /^(?:auto|dhcp|manual)$/.test(value) || (isCidr(value) && isIPv6(value.split('/')[0] ?? '')),
    () => 'value does not look like a valid ipv6 network configuration',
  ),
  'pve-node': matching(new RegExp(`^${LABEL}$`), () => 'value does not look like a valid node name'),
  'pve-phys-bits': allowing(
    (value) => value === 'host' || (/^\d+$/.test(value) && Number(value) >= 8 && Number(value) <= 64),
    () => 'phys-bits must be an integer between 8 and 64, or host',
  ),
  'pve-poolid': checkPool,
  'pve-priv': (value, facts) => {
    if (builtInRoles(facts)['Administrator']?.includes(value) !== true) throw new Error(`invalid privilege '${value}'`);
  },
  'pve-qm-bootdev': allowing(
    (value) => DISK_KEY.test(value) || /^(?:net|usb|hostpci)\d+$/.test(value),
    (value) => `invalid boot device '${value}'`,
  ),
  'pve-qm-bootdisk': matching(DISK_KEY, (value) => `invalid boot disk '${value}'`),
  'pve-realm': matching(/^[A-Za-z][A-Za-z0-9.\-_]+$/, () => 'value does not look like a valid realm'),
  'pve-roleid': matching(/^[A-Za-z0-9.\-_]+$/, (value) => `role name '${value}' contains invalid characters`),
  'pve-startup-order': allowing(isStartupOrder, () => 'unable to parse startup options'),
  'pve-ha-resource-id': matching(/^(?:vm|ct):\S+$/, () => 'value does not look like a valid ha resource id'),
  'pve-ha-node': matching(
    new RegExp(`^${LABEL}(?::\\d+)?$`),
    (value) => `value '${value}' does not look like a valid ha node`,
  ),
  'pve-storage-options': matching(/^\S+$/, (value) => `invalid options '${value}'`),
  'pve-storage-path': matching(/^\/[^;()]+/, () => 'value does not look like a valid absolute path'),
  'pve-storage-server': allowing(
    (value) => isIP(value) !== 0 || DNS_NAME.test(value),
    () => 'value does not look like a valid server name or IP address',
  ),
  'pve-storage-vgname': matching(
    /^[a-z0-9][a-z0-9\-_.]*[a-z0-9]$/i,
    (value) => `lvm name '${value}' contains illegal characters`,
  ),
  'pve-storage-content': allowing(
    (value) => CONTENT_TYPES.has(value),
    (value) => `invalid content type '${value}'`,
  ),
  'pve-storage-id': matching(
    /^[a-z][a-z0-9\-_.]*[a-z0-9]$/i,
    (value) => `storage ID '${value}' contains illegal characters`,
  ),
  'pve-tag': matching(/^[a-z0-9_][a-z0-9_\-+.]*$/i, () => 'invalid characters in tag'),
  'pve-task-status-type': matching(
    /^(?:ok|error|warning|unknown)$/i,
    (value) => `value '${value}' is not a valid task status type`,
  ),
  'pve-tokenid': matching(
    /^[^\s:/]+@[A-Za-z][A-Za-z0-9.\-_]+![A-Za-z][A-Za-z0-9.\-_]+$/,
    (value) => `value '${value}' does not look like a valid token ID`,
  ),
  'pve-userid': (value) => {
    parseUserId(value);
  },
  'pve-vmid': matching(/^[1-9]\d{2,8}$/, () => 'value does not look like a valid VM ID'),
  'pve-volume-id': matching(VOLUME_ID, unparsableVolume),
  'pve-volume-id-or-absolute-path': allowing(
    (value) => value.startsWith('/') || VOLUME_ID.test(value),
    unparsableVolume,
  ),
  'pve-volume-id-or-qm-path': allowing(
    (value) => value === 'none' || value === 'cdrom' || value.startsWith('/') || VOLUME_ID.test(value),
    unparsableVolume,
  ),
  urlencoded: matching(/^[-%a-zA-Z0-9_.!~*'()]*$/, (value) => `invalid urlencoded string: ${value}`),
};
