import { describe, expect, it } from 'vitest';
import { loadFiles, loadOne } from './load-text.ts';

const head = 'kind: vm\nname: x\ndefaults: none\n';

describe('a list of disks', () => {
  it('is numbered per bus in order, scsi where no bus is said', async () => {
    const { spec } = await loadOne(
      `${head}disks: [{ size: 1GiB }, { size: 2GiB, bus: virtio }, { size: 3GiB }, { size: 4GiB, bus: virtio }]\n`,
    );
    expect(spec['disks']).toEqual({
      scsi0: { size: '1GiB' },
      scsi1: { size: '3GiB' },
      virtio0: { size: '2GiB' },
      virtio1: { size: '4GiB' },
    });
  });

  it('keeps the places of its values', async () => {
    const { origins } = await loadOne(`${head}disks:\n  - size: 1GiB\n  - bus: sata\n    size: 2GiB\n`);
    expect(origins.get('/disks/sata0/size')?.text).toBe('vm.yaml:7:11');
    expect(origins.get('/disks/scsi0')?.text).toBe('vm.yaml:5:5');
    expect([...origins.keys()].filter((pointer) => /^\/disks\/\d|bus/.test(pointer))).toEqual([]);
  });

  it('has as many places as its bus', async () => {
    const { diagnostics } = await loadFiles({ 'vm.yaml': `${head}disks: [${'{ bus: sata }, '.repeat(7)}]\n` });
    expect(diagnostics.map(({ summary, detail }) => `${summary}: ${detail}`)).toEqual([
      'too many devices: There are 6 sata slots, and this is number 7.',
    ]);
  });

  it('holds no empty entry', async () => {
    const { diagnostics } = await loadFiles({ 'vm.yaml': `${head}disks: [null]\n` });
    expect(diagnostics.map(({ detail }) => detail)).toEqual([
      'disks[0] is empty. In a list every entry is a map, as in {}; to remove a device, write disks as a map and the slot as null.',
    ]);
  });
});

it('a list of interfaces is numbered', async () => {
  const { spec } = await loadOne(`${head}network: [{ vlan: 1 }, { vlan: 2 }]\n`);
  expect(spec['network']).toEqual({ net0: { vlan: 1 }, net1: { vlan: 2 } });
});

it('an empty list of devices is an empty map', async () => {
  const { spec } = await loadOne(`${head}disks: []\n`);
  expect(spec['disks']).toEqual({});
});

it('the bus of a disk in a map goes away where it agrees with the slot', async () => {
  const { spec } = await loadOne(`${head}disks: { scsi0: { bus: scsi, size: 1GiB } }\n`);
  expect(spec['disks']).toEqual({ scsi0: { size: '1GiB' } });
});

it.each([
  ['system: { agent: true }', { system: { agent: { enabled: true } } }],
  ['system: { agent: false }', { system: { agent: { enabled: false } } }],
  ['system: { agent: { type: isa } }', { system: { agent: { type: 'isa' } } }],
  ['system: { agent: null }', { system: { agent: null } }],
  ['console: serial', { console: { serial: 'socket', display: { type: 'serial0' } } }],
  ['console: null', { console: null }],
  ['devices: { usb0: spice }', { devices: { usb0: { host: 'spice' } } }],
  ['devices: { serial1: socket }', { devices: { serial1: 'socket' } }],
])('the short form in %s is written out', async (text, expected) => {
  const { spec } = await loadOne(`${head}${text}\n`);
  expect(spec).toMatchObject(expected);
});

it('what a short form stands for has its place', async () => {
  const { origins } = await loadOne(`${head}console: serial\n`);
  expect(origins.get('/console/display')?.text).toBe('vm.yaml:4:10');
});
