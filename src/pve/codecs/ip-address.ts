import { isIP } from 'node:net';

/** An IPv6 address in its one short form, lower-case; any other text as it is, and one with a zone (`fe80::1%eth0`) too. */
export function shortAddress(address: string): string {
  // A URL's host is printed in the one short form of RFC 5952.
  return isIP(address) === 6 && !address.includes('%')
    ? new URL(`http://[${address}]/`).hostname.slice(1, -1)
    : address;
}
