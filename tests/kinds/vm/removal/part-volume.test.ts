import { expect, it } from 'vitest';
import type { LiveState } from '../../../../src/kinds/kind.ts';
import {
  givingCommands,
  type Holder,
  type Owner,
  partingCommands,
  placesText,
} from '../../../../src/kinds/vm/removal/part-volume.ts';

const VOLUME = 'ceph-pool:vm-101-disk-2';
const OWNER: Owner = { node: 'pve1', vmid: 101, key: 'scsi1', running: false, template: false, snapshots: [] };

function holder(
  keys: readonly string[],
  current: Readonly<Record<string, string>>,
  { type = 'qemu' as 'qemu' | 'lxc', ...more }: Partial<LiveState> & { type?: 'qemu' | 'lxc' } = {},
): Holder {
  const texts = new Map(Object.entries(current));
  const live = { current: texts, pending: texts, running: false, hotplug: new Set(['disk']), ...more };
  return { guest: { vmid: 300, node: 'pve1', type, status: 'stopped', tags: [], template: false }, keys, live };
}

it('what is to come is withdrawn, so that the disk that is in the slot now stays', () => {
  const coming = holder(
    ['sata1'],
    { sata1: 'ceph-pool:vm-300-disk-0' },
    {
      pending: new Map([['sata1', VOLUME]]),
      running: true,
    },
  );
  expect(partingCommands(coming, VOLUME)).toEqual(['on pve1: qm set 300 --revert sata1']);
  expect(placesText(coming, VOLUME)).toBe('sata1 (from its next full start on)');
});

it('what a stopped guest was to lose at its next start is taken away now', () => {
  const stopped = holder(['scsi1'], { scsi1: VOLUME }, { pending: new Map() });
  expect(partingCommands(stopped, VOLUME)).toEqual(['on pve1: qm set 300 --delete scsi1']);
});

it('a container has commands of its own, and takes no disk of a guest', () => {
  const container = holder(['mp0'], { mp0: VOLUME, protection: '1' }, { type: 'lxc', running: true });
  expect(partingCommands(container, VOLUME)).toEqual([
    'on pve1: pct set 300 --protection 0',
    'on pve1: pct set 300 --delete mp0',
    'on pve1: pct shutdown 300  # it lets go of mp0 at a full stop only',
  ]);
  expect(givingCommands(OWNER, container)).toEqual([]);
});

it('a disk that is unused by its owner goes to where the other guest has it, and its owner may run', () => {
  const running: Owner = { ...OWNER, key: 'unused0', running: true };
  expect(givingCommands(running, holder(['virtio3'], { virtio3: VOLUME }))).toEqual([
    'on pve1: qm disk move 101 unused0 --target-vmid 300 --target-disk virtio3',
  ]);
});

it('an EFI disk is given to a guest that has none besides', () => {
  const efi: Owner = { ...OWNER, key: 'efidisk0' };
  expect(givingCommands(efi, holder(['scsi1'], { scsi1: VOLUME }))).toEqual([]);
  expect(givingCommands(efi, holder(['efidisk0'], { efidisk0: VOLUME }))).toEqual([
    'on pve1: qm disk move 101 efidisk0 --target-vmid 300 --target-disk efidisk0',
  ]);
});
