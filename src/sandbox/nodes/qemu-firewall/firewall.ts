import { createHash } from 'node:crypto';
import { isIP } from 'node:net';
import { failure } from '../../api-error.ts';
import { type Firewall, firewallFile, formatFirewall, parseFirewall } from '../../files/firewall-file.ts';
import type { HouseCall } from '../../house.ts';

/** The firewall of the guest that a call is about. A guest without a file has none of anything. */
export function firewallOf({ host, params }: HouseCall): Firewall {
  return parseFirewall(host.files.read(firewallFile(String(params['vmid']))) ?? '');
}

/** Writes parts of a guest's firewall; a file with nothing in it goes. */
export function changeFirewall(call: HouseCall, change: Partial<Firewall>): null {
  const { host, params } = call;
  const path = firewallFile(String(params['vmid']));
  const text = formatFirewall({ ...firewallOf(call), ...change });
  if (text === '') host.files.remove(path);
  else host.files.write(path, text);
  return null;
}

type Values = Readonly<Record<string, string | number>>;

/** The digest of a list of objects: of their keys and values (pve-firewall: PVE/Firewall.pm, copy_list_with_digest). */
export function digestOfList(items: readonly Values[]): string {
  const hash = createHash('sha1');
  for (const item of items) for (const key of Object.keys(item).sort()) hash.update(`${key}:${item[key]}\n`);
  return hash.digest('hex');
}

/** Throws where a request carries another digest than what it is about has now. */
export function checkDigest({ params }: HouseCall, digest: string): void {
  const given = params['digest'];
  if (given === undefined || given === '' || given === digest) return;
  throw failure('detected modified configuration - file changed by other user? Try again.');
}

/** The version of an address, of an address with a mask, or of a range; undefined for names. */
export function ipVersionOf(text: string | undefined): 4 | 6 | undefined {
  const address = (text ?? '').split(',')[0]?.split(/[/-]/)[0] ?? '';
  const version = isIP(address);
  return version === 4 || version === 6 ? version : undefined;
}

/** A network in its one form: a mask of all bits is left out (Firewall.pm, parse_ip_or_cidr). */
export function normalizedCidr(cidr: string): string {
  return cidr.includes(':') ? cidr.replace(/\/128$/, '') : cidr.replace(/\/32$/, '');
}
