import { expect, it } from 'vitest';
import { startTime } from '../../../../src/kinds/vm/load/start-time.ts';

const BEFORE_S = 600;

it.each([
  ['what says nothing', {}, false, 30],
  ['each network interface', { net0: 'virtio', net1: 'virtio' }, false, 40],
  ['memory of up to 30 GiB', { memory: '30720' }, false, 30],
  ['a second for each GiB beyond', { memory: 'current=65536' }, false, 64],
  ['PCI devices, four times as long', { memory: '65536', hostpci0: '0000:01:00' }, false, 256],
  ['huge pages', { hugepages: '2' }, false, 150],
  ['what is suspended to disk', { net0: 'virtio' }, true, 305],
] as const)(
  'a start takes as long as Proxmox VE gives it, and the time before: %s',
  (_name, texts, suspended, seconds) => {
    expect(startTime(new Map(Object.entries(texts)), suspended)).toBe((BEFORE_S + seconds) * 1000);
  },
);
