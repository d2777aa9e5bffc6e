import { BlockList, isIPv4 } from 'node:net';

/** Whether an address lies in the network of another one with a prefix, as 192.0.2.1 in that of 192.0.2.10/24. */
export function contains(network: string, address: string): boolean {
  const [base = '', length = ''] = network.split('/');
  const family = isIPv4(base) ? 'ipv4' : 'ipv6';
  // A link-local gateway is on every IPv6 link.
  if (/^fe[89ab][0-9a-f]:/i.test(address)) return true;
  const list = new BlockList();
  list.addSubnet(base, Number(length), family);
  return list.check(address, family);
}
