import { parsePropertyString, printPropertyString } from '../../../pve/codecs/property-string.ts';
import type { ApiFacts } from '../../../pve/facts/facts.ts';
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
  values['macaddr'] ??= host.random.mac(host.datacenter['mac_prefix'] ?? 'BC:24:11');
  return printPropertyString(values, configFormat(host.facts, 'net0'));
}
