import { describe, expect, it } from 'vitest';
import { canonicalAddress } from '../../../src/pve/codecs/cloud-init.ts';
import { codecOf } from '../../../src/pve/codecs/codecs.ts';

const BLOB = 'AAAAC3NzaC1lZDI1NTE5AAAAIGNbHurPyyQUAhzw9FeqPt95/qVG/cKGQL5MeAIRqP3Z';

it.each([
  ['192.0.2.1/24', '192.0.2.1/24'],
  ['192.0.2.1/024', '192.0.2.1/24'],
  ['DHCP', 'dhcp'],
  ['2001:DB8:0:0:0:0:0:0A/64', '2001:db8::a/64'],
  ['::', '::'],
  ['fe80::1%eth0', 'fe80::1%eth0'],
  ['no address', 'no address'],
])('R-8: the address %s is %s', (text, canonical) => {
  expect(canonicalAddress(text)).toBe(canonical);
  expect(canonicalAddress(canonical)).toBe(canonical);
});

describe('ssh-keys', () => {
  const codec = codecOf('ssh-keys');

  it('is URL-encoded as a whole on the wire, as it was recorded', () => {
    const wire = codec.print(codec.fromSpec([`ssh-ed25519 ${BLOB} a@b`]));
    expect(wire).toBe('ssh-ed25519%20AAAAC3NzaC1lZDI1NTE5AAAAIGNbHurPyyQUAhzw9FeqPt95%2FqVG%2FcKGQL5MeAIRqP3Z%20a%40b');
    expect(codec.parse(`${wire}%0A`)).toEqual([`ssh-ed25519 ${BLOB} a@b`]);
  });

  it('takes an entry of several lines apart, without blank lines and remarks', () => {
    expect(codec.fromSpec([`# mine\r\nssh-ed25519 ${BLOB}\n\nssh-rsa AAAAB3 x\n`])).toEqual([
      `ssh-ed25519 ${BLOB}`,
      'ssh-rsa AAAAB3 x',
    ]);
  });

  it.each([
    [[`ssh-ed25519 ${BLOB} a`], [`ssh-ed25519  ${BLOB}`], true],
    [['ssh-rsa A', 'ssh-rsa B'], ['ssh-rsa B', 'ssh-rsa A'], true],
    [['ssh-rsa A', 'ssh-rsa A x'], ['ssh-rsa A'], true],
    [['ssh-rsa A'], ['ssh-rsa A', 'ssh-rsa B'], false],
    [['ssh-rsa A'], ['restrict ssh-rsa A'], false],
    [['restrict ssh-rsa A me'], ['restrict ssh-rsa A'], true],
  ])('R-8: %j against %j', (desired, live, agrees) => {
    expect(codec.agrees?.(desired, live)).toBe(agrees);
  });

  it('reads text that is not encoded as it is', () => {
    expect(codec.parse('100%')).toEqual(['100%']);
  });
});

it('R-8: lists of addresses and words are read with any separator, and written with blanks', () => {
  const addresses = codecOf('ip-addresses');
  expect(addresses.parse('192.0.2.1, 2001:DB8::0:1;192.0.2.2')).toEqual(['192.0.2.1', '2001:db8::1', '192.0.2.2']);
  expect(addresses.print(['192.0.2.1', '2001:db8::1'])).toBe('192.0.2.1 2001:db8::1');
  expect(codecOf('words').parse('a.test,b.test  c.test')).toEqual(['a.test', 'b.test', 'c.test']);
});
