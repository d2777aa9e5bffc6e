import { createHash } from 'node:crypto';
import { parsePropertyString } from '../../../pve/codecs/property-string.ts';
import type { ApiFacts } from '../../../pve/facts/facts.ts';
import { ApiError } from '../../api-error.ts';
import { decodeText } from '../../encode-text.ts';
import { configFormat } from './config-key.ts';
import { parseNet } from './net.ts';

type Values = ReadonlyMap<string, string>;

/** The files of a drive with cloud-init data. */
export type CloudInitFile = 'user' | 'network' | 'meta';

/**
 * One file of the data, in the form `nocloud` (qemu-server: PVE/QemuServer/Cloudinit.pm). Throws 501 for the other forms,
 * which guests with Windows get: the sandbox does not build them.
 */
export function cloudInitFile(facts: ApiFacts, vmid: number, values: Values, file: CloudInitFile): string {
  if (file === 'user') return userData(vmid, values);
  const type = values.get('citype') ?? (values.get('ostype')?.startsWith('w') ? 'configdrive2' : 'nocloud');
  if (type !== 'nocloud') throw new ApiError(501, `The sandbox does not build cloud-init data of type '${type}'`);
  const network = networkData(facts, values);
  if (file === 'network') return network;
  const id = createHash('sha1').update(userData(vmid, values) + network);
  return `instance-id: ${id.digest('hex')}\n`;
}

function userData(vmid: number, values: Values): string {
  const name = values.get('name') ?? `VM${vmid}`;
  const domain = values.get('searchdomain');
  const fullName = name.includes('.') ? name : domain === undefined ? undefined : `${name}.${domain}`;
  const user = values.get('ciuser');
  const lines = ['#cloud-config', `hostname: ${name.replace(/\..*/s, '')}`, 'manage_etc_hosts: true'];
  if (fullName !== undefined) lines.push(`fqdn: ${fullName}`);
  if (user !== undefined) lines.push(`user: ${user}`);
  if (user === 'root') lines.push('disable_root: False');
  const password = values.get('cipassword');
  if (password !== undefined) lines.push(`password: ${password}`);
  const keys = values.get('sshkeys');
  if (keys !== undefined) {
    const texts = decodeText(keys).split('\n');
    lines.push('ssh_authorized_keys:', ...texts.filter((key) => key.trim() !== '').map((key) => `  - ${key}`));
  }
  lines.push('chpasswd:', '  expire: False');
  if (user !== 'root') lines.push('users:', '  - default');
  if (values.get('ciupgrade') !== '0') lines.push('package_upgrade: true');
  return `${lines.join('\n')}\n`;
}

function networkData(facts: ApiFacts, values: Values): string {
  const lines = ['version: 1', 'config:'];
  const nics = [...values.keys()].filter((key) => /^net\d+$/.test(key)).sort();
  for (const nic of nics) {
    const index = nic.slice('net'.length);
    const addresses = values.get(`ipconfig${index}`);
    if (addresses === undefined) continue;
    const mac = parseNet(facts, values.get(nic) ?? '')['macaddr'] ?? '';
    lines.push('    - type: physical', `      name: eth${index}`, `      mac_address: '${mac.toLowerCase()}'`);
    lines.push('      subnets:', ...subnets(facts, addresses));
  }
  const servers = (values.get('nameserver') ?? '').split(/[,;\s]+/).filter((server) => server !== '');
  const domains = (values.get('searchdomain') ?? '').split(/[,;\s]+/).filter((domain) => domain !== '');
  if (servers.length + domains.length > 0) lines.push('    - type: nameserver');
  if (servers.length > 0) lines.push('      address:', ...servers.map((server) => `      - '${server}'`));
  if (domains.length > 0) lines.push('      search:', ...domains.map((domain) => `      - '${domain}'`));
  return `${lines.join('\n')}\n`;
}

function subnets(facts: ApiFacts, text: string): readonly string[] {
  const { ip, gw, ip6, gw6 } = parsePropertyString(text, configFormat(facts, 'ipconfig0'));
  const lines: string[] = [];
  if (ip === 'dhcp') lines.push('      - type: dhcp4');
  else if (ip !== undefined) {
    const [address, length] = ip.split('/');
    lines.push(
      '      - type: static',
      `        address: '${address}'`,
      `        netmask: '${netmask(Number(length))}'`,
    );
    if (gw !== undefined) lines.push(`        gateway: '${gw}'`);
  }
  if (ip6 === 'dhcp') lines.push('      - type: dhcp6');
  else if (ip6 === 'auto') lines.push('      - type: ipv6_slaac');
  else if (ip6 !== undefined) {
    lines.push('      - type: static6', `        address: '${ip6}'`);
    if (gw6 !== undefined) lines.push(`        gateway: '${gw6}'`);
  }
  return lines;
}

function netmask(length: number): string {
  const octets = [0, 8, 16, 24].map((start) => 256 - 2 ** (8 - Math.min(8, Math.max(0, length - start))));
  return octets.join('.');
}
