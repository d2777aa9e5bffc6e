import { describe, expect, it } from 'vitest';
import { checkCloudInit } from '../../../../src/kinds/vm/cloud-init/check.ts';
import { loadOne } from '../../../spec/load-text.ts';

/** What the rules say of a document's cloud-init, each finding with its place and its whole text. */
async function findings(settings: string, body = ''): Promise<readonly string[]> {
  const resource = await loadOne(`kind: vm\nname: x\n${body}cloudInit: ${settings}\n`);
  return checkCloudInit(resource).map(({ severity, pointer, range, summary, detail, address }) => {
    expect(address).toBe('vm/x');
    return `${severity} ${pointer} ${range?.line}:${range?.column} ${summary}: ${detail}`;
  });
}

const net0 = (text: string): string => `{ addresses: { net0: { ${text} } } }`;

describe('addresses', () => {
  it.each([
    'ipv4: 192.0.2.10/24, gateway4: 192.0.2.1',
    'ipv4: dhcp, ipv6: auto',
    'ipv4: 192.0.2.10/32',
    'ipv6: "2001:db8::10/64", gateway6: "2001:DB8:0::1"',
    'ipv6: "2001:db8::10/64", gateway6: "fe80::1"',
    'ipv6: dhcp',
    'ipv4: null, gateway4: null',
  ])('may be %s', async (text) => {
    expect(await findings(net0(text))).toEqual([]);
  });

  it.each([
    [
      'ipv4: 192.0.2.10',
      'ipv4 3:41 no address: cloudInit.addresses.net0.ipv4 is 192.0.2.10, which lacks the length of the network’s prefix. Write it too, as in 192.0.2.10/24.',
    ],
    [
      'ipv4: 192.0.2.256/24',
      'ipv4 3:41 no address: cloudInit.addresses.net0.ipv4 is 192.0.2.256/24, which is no IPv4 address. Write it as in 192.0.2.10/24 or dhcp.',
    ],
    [
      'ipv4: auto',
      'ipv4 3:41 no address: cloudInit.addresses.net0.ipv4 is auto, which is no IPv4 address. Write it as in 192.0.2.10/24 or dhcp.',
    ],
    [
      'ipv4: 192.0.2.10/33',
      'ipv4 3:41 no address: cloudInit.addresses.net0.ipv4 is 192.0.2.10/33, which has a prefix of 33. It is 8 to 32.',
    ],
    [
      'ipv4: 192.0.2.10/7',
      'ipv4 3:41 no address: cloudInit.addresses.net0.ipv4 is 192.0.2.10/7, which has a prefix of 7. It is 8 to 32.',
    ],
    [
      'ipv6: 192.0.2.10/24',
      'ipv6 3:41 no address: cloudInit.addresses.net0.ipv6 is 192.0.2.10/24, which is no IPv6 address. Write it as in 2001:db8::10/64, auto or dhcp.',
    ],
    [
      'gateway4: 192.0.2.1',
      'gateway4 3:45 a gateway without an address: cloudInit.addresses.net0.gateway4 is 192.0.2.1, and there is no ipv4 beside it, without which Proxmox VE refuses it. Write both, or neither.',
    ],
    [
      'ipv4: 192.0.2.10/24, gateway4: 192.0.2.1/24',
      'gateway4 3:66 no address: cloudInit.addresses.net0.gateway4 is 192.0.2.1/24, which is no IPv4 address. It takes no prefix.',
    ],
  ])('cannot be %s', async (text, finding) => {
    expect(await findings(net0(text))).toEqual([`error /cloudInit/addresses/net0/${finding}`]);
  });

  it('are warned of where Proxmox VE takes what makes little sense', async () => {
    expect(await findings(net0('ipv4: dhcp, gateway4: 192.0.2.1'))).toEqual([
      'warning /cloudInit/addresses/net0/gateway4 3:57 a gateway without effect: cloudInit.addresses.net0.gateway4 is 192.0.2.1, and ipv4 is dhcp, where the gateway comes from the network: it has no effect. Leave it out.',
    ]);
    expect(await findings(net0('ipv4: 192.0.2.10/24, gateway4: 198.51.100.1'))).toEqual([
      'warning /cloudInit/addresses/net0/gateway4 3:66 the gateway lies outside of the network: cloudInit.addresses.net0.gateway4 is 198.51.100.1, which lies outside of 192.0.2.10/24: few guests can reach it there. Look whether address, prefix and gateway belong together.',
    ]);
  });

  it('are for interfaces that the document has, where it writes any', async () => {
    const text = '{ addresses: { net1: { ipv4: dhcp } } }';
    expect(await findings(text, 'network: { net0: {} }\n')).toEqual([
      'error /cloudInit/addresses/net1 4:33 unknown network interface: cloudInit.addresses has net1, and the document has no such network interface. It has net0. Did you mean net0?',
    ]);
    expect(await findings(text, 'network: {}\n')).toHaveLength(1);
    expect(await findings(text)).toEqual([]);
    expect(await findings(text, 'defaults: none\nnetwork: { net0: { vlan: 5 } }\n')).toEqual([]);
    expect(await findings('{ addresses: { net1: null } }', 'network: { net0: {} }\n')).toEqual([]);
  });

  it('stand once', async () => {
    const text = '{ addresses: { net0: { ipv6: "2001:db8::1/64" }, net1: { ipv6: "2001:DB8:0::1/48" } } }';
    expect(await findings(text)).toEqual([
      'error /cloudInit/addresses/net1/ipv6 3:75 address stands twice: cloudInit.addresses.net1.ipv6 is 2001:DB8:0::1/48, the address of net0. Give each interface one of its own.',
    ]);
  });
});

it('name servers are addresses', async () => {
  expect(await findings('{ nameservers: [192.0.2.53, 192.0.2] }')).toEqual([
    'error /cloudInit/nameservers/1 3:40 no address: cloudInit.nameservers has 192.0.2, which is no IP address, as 192.0.2.53 is.',
  ]);
});

it.each([
  ['ssh-ed25519', 'is no public SSH key'],
  ['hello', 'is no public SSH key'],
  ['-----BEGIN OPENSSH PRIVATE KEY-----', 'is a private key, which belongs nowhere but on its owner’s disk'],
])('the SSH key %s is refused', async (key, what) => {
  expect(await findings(`{ sshKeys: ["ssh-rsa AAAA me", "${key}"] }`)).toEqual([
    `error /cloudInit/sshKeys/1 3:43 no public key: cloudInit.sshKeys[1] ${what}. Write the line of the .pub file, as in ssh-ed25519 AAAA… name.`,
  ]);
});

it('the drive takes a slot that nothing else has', async () => {
  expect(await findings('{ drive: ide2 }')).toEqual([
    'error /cloudInit/drive 3:21 slot taken: cloudInit.drive is ide2, the slot of the installation medium (os.media). Write another slot, or leave drive out.',
  ]);
  expect(await findings('{ drive: ide2 }', 'os: { media: null }\n')).toEqual([]);
  expect(await findings('{ drive: scsi0 }')).toEqual([
    'error /cloudInit/drive 3:21 slot taken: cloudInit.drive is scsi0, the slot of the disk disks.scsi0. Write another slot, or leave drive out.',
  ]);
});

it.each(['null', '{}', '{ drive: null }', '{ addresses: null, nameservers: null, sshKeys: null }'])(
  'finds nothing wrong with %s',
  async (settings) => {
    expect(await findings(settings)).toEqual([]);
  },
);
