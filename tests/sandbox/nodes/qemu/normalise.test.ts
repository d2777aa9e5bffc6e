import { describe, expect, it } from 'vitest';
import { loadFacts } from '../../../../src/pve/facts/load-facts.ts';
import { bootDisks, defaultBootDevices, parseBootOrder } from '../../../../src/sandbox/nodes/qemu/boot-order.ts';
import { driveChange, hotplugFeatures, netChange } from '../../../../src/sandbox/nodes/qemu/change-class.ts';
import { type Drive, parseDrive, printDiskSize, printDrive } from '../../../../src/sandbox/nodes/qemu/drive.ts';
import { pinnedMachine } from '../../../../src/sandbox/nodes/qemu/machine.ts';
import { hotpluggedMemory } from '../../../../src/sandbox/nodes/qemu/memory.ts';
import { normaliseNet } from '../../../../src/sandbox/nodes/qemu/net.ts';
import { normaliseTags } from '../../../../src/sandbox/nodes/qemu/tags.ts';
import { memoryHost } from './memory-host.ts';

const facts = await loadFacts('9.2');
const HOST = { facts };

function drive(key: string, text: string): Drive {
  const parsed = parseDrive(facts, key, text);
  if (parsed === undefined) throw new Error(`${text} is no drive`);
  return parsed;
}

describe('drives', () => {
  it('are printed with the volume first, keys sorted and booleans as 1 and 0', () => {
    const printed = printDrive(drive('scsi0', 'ssd=on,file=vmdata:1,iothread=false,cache=none'));
    expect(printed).toBe('vmdata:1,cache=none,iothread=0,ssd=1');
  });

  it.each([
    ['scsi0', 'vmdata:1,mbps=1,mbps_rd=2'],
    ['scsi0', 'vmdata:1,iops_max=5'],
    ['ide2', 'local:iso/x.iso,media=cdrom,snapshot=1'],
    ['virtio0', 'local:iso/x.iso,media=cdrom'],
    ['scsi0', 'ssd=1'],
  ])('are refused at %s where options exclude each other: %s', (key, text) => {
    expect(parseDrive(facts, key, text)).toBeUndefined();
  });

  it.each([
    [0, '0T'],
    [1_104_343_465_984, '1053184M'],
    [540_672, '528K'],
    [2 ** 31, '2G'],
    [1000, '1000'],
  ])('of %d bytes have the size %s', (bytes, text) => {
    expect(printDiskSize(bytes)).toBe(text);
  });

  it.each([
    ['vmdata:100/vm-100-disk-0.raw', 'vmdata:100/vm-100-disk-0.raw,mbps_rd=10', 'live'],
    ['vmdata:100/vm-100-disk-0.raw', 'vmdata:100/vm-100-disk-0.raw,serial=abc', 'live'],
    ['vmdata:100/vm-100-disk-0.raw', 'vmdata:100/vm-100-disk-0.raw,discard=ignore', 'restart'],
    ['vmdata:100/vm-100-disk-0.raw', 'vmdata:100/vm-100-disk-1.raw', 'replug'],
    ['none,media=cdrom', 'local:iso/x.iso,media=cdrom', 'live'],
    ['none,media=cdrom', 'vmdata:100/vm-100-disk-1.raw', undefined],
  ])('of a running guest that change from %s to %s: %s', (before, after, change) => {
    expect(driveChange(drive('scsi1', before), drive('scsi1', after))).toBe(change);
  });
});

describe('NICs', () => {
  it.each([
    ['virtio,bridge=vmbr0', /^virtio=BC:24:11:[0-9A-F:]{8},bridge=vmbr0$/],
    ['model=e1000,macaddr=bc:24:11:00:00:01,tag=5,bridge=vmbr0', /^e1000=bc:24:11:00:00:01,bridge=vmbr0,tag=5$/],
    ['bridge=vmbr0,virtio,firewall=no', /^virtio=BC:24:11:[0-9A-F:]{8},bridge=vmbr0,firewall=0$/],
  ])('are stored in one form: %s', (text, stored) => {
    expect(normaliseNet(memoryHost(facts), text)).toMatch(stored);
  });

  it('are plugged again for another model or address only', () => {
    const nic = { model: 'virtio', macaddr: 'BC:24:11:00:00:01', bridge: 'vmbr0' };
    expect(netChange(nic, { ...nic, tag: '5', firewall: '1', link_down: '1' })).toBe('live');
    expect(netChange(nic, { ...nic, macaddr: 'bc:24:11:00:00:01' })).toBe('replug');
    expect(netChange(nic, { ...nic, queues: '1' })).toBe('replug');
  });
});

describe('tags', () => {
  it('are lower-cased, sorted and without duplicates', () => {
    expect(normaliseTags(' B,a;b  A ')).toBe('a;b');
  });

  it("keep their case and order where the datacenter's style says so", () => {
    expect(normaliseTags('b;A', 'case-sensitive=1,ordering=config')).toBe('b;A');
  });
});

describe('boot order', () => {
  const config = new Map([
    ['sata0', 'vmdata:100/vm-100-disk-0.raw'],
    ['virtio0', 'vmdata:100/vm-100-disk-1.raw'],
    ['ide2', 'none,media=cdrom'],
    ['net10', 'virtio'],
    ['net2', 'virtio'],
  ]);

  it('of a new guest has its first disk, CD-ROM and NIC', () => {
    expect(defaultBootDevices(facts, config)).toEqual(['virtio0', 'ide2', 'net10']);
  });

  it('of the legacy form names no devices', () => {
    expect(parseBootOrder('cdn')).toEqual([]);
    expect(bootDisks(new Map([['boot', 'order=net0;scsi0']]))).toEqual(['scsi0']);
  });
});

describe('other values', () => {
  it.each([
    [undefined, ['network', 'disk', 'usb']],
    ['0', []],
    ['disk,cpu', ['disk', 'cpu']],
  ])('hotplug %s means %j', (text, features) => {
    expect([...hotplugFeatures(text)]).toEqual(features);
  });

  it('memory grows to the next module, and shrinks by whole ones', () => {
    expect(hotpluggedMemory(1024, 1800)).toBe(2048);
    expect(hotpluggedMemory(2048, 1800)).toBe(1536);
    expect(() => hotpluggedMemory(2048, 512)).toThrow("memory can't be lower than 1024 MB");
  });

  it('a machine without a version is pinned for Windows only', () => {
    expect(pinnedMachine(HOST, 'win11', 'q35')).toBe('pc-q35-11.0+pve2');
    expect(pinnedMachine(HOST, 'win11', undefined)).toBe('pc-i440fx-11.0+pve2');
    expect(pinnedMachine(HOST, 'win11', 'pc-q35-9.0')).toBeUndefined();
    expect(pinnedMachine(HOST, 'l26', 'q35')).toBeUndefined();
  });
});
