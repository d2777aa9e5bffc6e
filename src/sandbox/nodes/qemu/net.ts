import { parsePropertyString, printPropertyString } from '../../../pve/codecs/property-string.ts';
import type { ApiFacts } from '../../../pve/facts/facts.ts';
import { behaviourOf } from '../../behaviour.ts';
import type { SandboxHost } from '../../host.ts';
import { configFormat, withPlainBooleans } from './config-key.ts';

/** A NIC taken apart, booleans as `1` and `0` (qemu-server: PVE/QemuServer/Network.pm, parse_net). */
export function parseNet(facts: ApiFacts, text: string): Readonly<Record<string, string>> {
  const format = configFormat(facts, 'net0');
  return withPlainBooleans(parsePropertyString(text, format), format);
}

/**
 * A NIC as Proxmox VE stores it: `MODEL=MAC`, then the sub-keys sorted. Where no MAC is given it gets a new one with
 * the datacenter's prefix, on updates too.
 */
export function normaliseNet(host: SandboxHost, text: string): string {
  const values: Record<string, string> = { ...parseNet(host.facts, text) };
  values['macaddr'] ??= newMac(host);
  return printPropertyString(values, configFormat(host.facts, 'net0'));
}

/** A MAC address for a NIC; without a prefix it is one that is locally administered (pve-common: PVE/Tools.pm). */
function newMac(host: SandboxHost): string {
  const prefix = host.datacenter['mac_prefix'] ?? behaviourOf(host).macPrefix;
  const mac = host.random.mac(prefix);
  if (prefix !== '') return mac;
  const first = (Number.parseInt(mac.slice(0, 2), 16) & 0xfe) | 2;
  return `${first.toString(16).toUpperCase().padStart(2, '0')}${mac.slice(2)}`;
}
