import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Json } from '../../../src/core/json.ts';
import { CODEC_NAMES, codecOf } from '../../../src/pve/codecs/codecs.ts';

const hex = (length: number): fc.Arbitrary<string> =>
  fc.string({ unit: fc.constantFrom(...'0123456789abcdefABCDEF'), minLength: length, maxLength: length });
const word = fc.string({ unit: fc.constantFrom(...'abcXYZ019-_.+'), minLength: 1, maxLength: 8 });
const number = fc.nat(4094);
const range = fc.tuple(number, number).map(([low, high]) => `${Math.min(low, high)}-${Math.max(low, high)}`);
const sizes = fc
  .tuple(fc.nat(4096), fc.constantFrom('K', 'M', 'G', 'T', 'MiB', 'GiB'))
  .map(([many, unit]) => many + unit);
const mebibytes = fc.tuple(fc.nat(4096), fc.constantFrom('M', 'GiB')).map(([many, unit]) => many + unit);
const pci = fc
  .tuple(fc.option(hex(4), { nil: undefined }), hex(2), hex(2), fc.option(fc.nat(7), { nil: undefined }))
  .map(
    ([domain, bus, slot, part]) =>
      `${domain === undefined ? '' : `${domain}:`}${bus}:${slot}${part === undefined ? '' : `.${part}`}`,
  );
const uuid = fc.uuid();
const network = fc.oneof(
  fc.tuple(fc.ipV4(), fc.nat(32)).map(([address, length]) => `${address}/${length}`),
  fc.tuple(fc.ipV6(), fc.nat(128)).map(([address, length]) => `${address}/${length}`),
  fc.constantFrom('dhcp', 'auto'),
);
const sshKey = fc
  .tuple(hex(40), fc.option(word, { nil: undefined }))
  .map(([key, who]) => `ssh-ed25519 ${key} ${who ?? ''}`);
const anyCase = fc.mixedCase(fc.constantFrom('bc:24:11:aa:bb:cc', '02:00:00:00:40:00'));
const text = fc.string({ unit: 'binary', maxLength: 20 });

/** What a spec may say, by codec. What has no text of its own on the wire is left out. */
const WRITTEN: Readonly<Record<string, fc.Arbitrary<Json>>> = {
  string: text,
  integer: fc.nat(),
  number: fc.double({ min: 0, max: 1e6, noNaN: true, noDefaultInfinity: true }),
  boolean: fc.boolean(),
  size: sizes,
  mebibytes,
  balloon: fc.oneof(mebibytes, fc.constant(false)),
  seconds: fc.nat(9999).map((many) => `${many}s`),
  tags: fc.array(word),
  description: text,
  discard: fc.boolean(),
  flags: fc.array(word.map((flag) => `+${flag}`)),
  queues: fc.nat(64),
  mac: anyCase,
  medium: fc.constantFrom('none', 'physical', 'local:iso/a.iso'),
  machine: fc.constantFrom('pc', 'q35', 'pc-q35-9.2+pve1', 'virt'),
  'boot-order': fc.uniqueArray(fc.constantFrom('scsi0', 'scsi1', 'ide2', 'net0')),
  'ip-network': network,
  'ip-addresses': fc.array(fc.oneof(fc.ipV4(), fc.ipV6())),
  'ssh-keys': fc.array(sshKey),
  words: fc.array(word),
  caseless: uuid,
  'generation-id': fc.oneof(fc.boolean(), uuid),
  hotplug: fc.subarray(['disk', 'network', 'usb', 'cpu', 'memory', 'cloudinit']),
  'number-set': fc.array(fc.oneof(number.map(String), range), { minLength: 1 }).map((parts) => parts.join(';')),
  'cpu-set': fc.array(fc.oneof(number.map(String), range), { minLength: 1 }).map((parts) => parts.join(',')),
  trunks: fc.array(fc.oneof(number, range)),
  'pci-address': fc.oneof(pci, fc.array(pci, { minLength: 1 })),
  until: fc.oneof(
    fc.tuple(fc.integer({ min: 1, max: 99 }), fc.constantFrom('m', 'h', 'd')).map(([many, unit]) => many + unit),
    fc.constant('2026-08-01T12:00Z'),
  ),
  urlencoded: text,
  'usb-device': fc.tuple(hex(4), hex(4)).map(([vendor, product]) => `0x${vendor}:${product}`),
};

// A secret is shown nowhere, a device is known by its presence, and a firewall is no config text.
const WITHOUT_TEXT = ['secret', 'volume', 'nic', 'device', 'firewall-rules', 'firewall-set', 'firewall-alias'];

it('has written values for every codec', () => {
  expect([...Object.keys(WRITTEN), ...WITHOUT_TEXT].sort()).toEqual([...CODEC_NAMES].sort());
});

it.each(Object.entries(WRITTEN))(
  'R-8: %s gives back what it printed, and what it said in a spec’s words',
  (name, written) => {
    const codec = codecOf(name);
    const same = (left: Json, right: Json): boolean =>
      codec.agrees?.(left, right) ?? JSON.stringify(left) === JSON.stringify(right);
    const property = fc.property(written, (value) => {
      const canonical = codec.fromSpec(value);
      const read = codec.parse(String(codec.print(canonical)));
      expect(same(canonical, read), `${JSON.stringify(canonical)} was read as ${JSON.stringify(read)}`).toBe(true);
      expect(codec.fromSpec(codec.toSpec(canonical))).toEqual(canonical);
      // What was read is in canonical form: it is read and written as itself.
      expect(codec.fromSpec(codec.toSpec(read))).toEqual(read);
    });
    fc.assert(property, { numRuns: 200, seed: 7 });
  },
);
