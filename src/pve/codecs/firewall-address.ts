import { isIP } from 'node:net';
import { shortAddress } from './ip-address.ts';

/**
 * An address, a network (`10.0.0.0/8`) or a range (`10.0.0.1-10.0.0.9`) in its one form: a mask of all bits is left out,
 * IPv6 is lower-case and short. Names of aliases and sets (`+admins`) are lower-case, as Proxmox VE reads them
 * (pve-firewall: PVE/Firewall.pm, parse_ip_or_cidr, generic_fw_config_parser).
 */
export function canonicalAddress(text: string): string {
  const trimmed = text.trim().toLowerCase();
  const [, address = '', prefix] = /^([^/]+)\/(\d+)$/.exec(trimmed) ?? [];
  if (isIP(address) !== 0) {
    const whole = isIP(address) === 4 ? 32 : 128;
    return Number(prefix) === whole ? shortAddress(address) : `${shortAddress(address)}/${Number(prefix)}`;
  }
  return trimmed.split('-').every((part) => isIP(part) !== 0)
    ? trimmed.split('-').map(shortAddress).join('-')
    : trimmed;
}

/** A list of addresses, each in its one form, sorted and each once: their order means nothing. */
export function canonicalAddresses(text: string): string {
  return [...new Set(text.split(',').map(canonicalAddress))].sort().join(',');
}

/** Which version of IP an address, a network or a range is of; undefined for a name. */
export function addressVersion(text: string): 4 | 6 | undefined {
  const version = isIP(text.split(/[/-]/)[0] ?? '');
  return version === 4 || version === 6 ? version : undefined;
}

/** Whether a text is an address or a network with a prefix that its version has. */
export function isAddressOrNetwork(text: string): boolean {
  const [address = '', prefix, ...rest] = text.split('/');
  const version = isIP(address);
  if (version === 0 || rest.length > 0) return false;
  return prefix === undefined || (/^\d{1,3}$/.test(prefix) && Number(prefix) <= (version === 4 ? 32 : 128));
}
