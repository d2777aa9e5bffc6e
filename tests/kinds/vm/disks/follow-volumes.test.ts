import { expect, it } from 'vitest';
import type { Effect } from '../../../../src/core/effect.ts';
import type { LiveState } from '../../../../src/kinds/kind.ts';
import { followVolumes } from '../../../../src/kinds/vm/disks/follow-volumes.ts';
import type { DeviceChange } from '../../../../src/kinds/vm/disks/volume-change.ts';

function liveOf(config: Readonly<Record<string, string>>): LiveState {
  const texts = new Map(Object.entries(config));
  return { current: texts, pending: texts, running: false, hotplug: new Set() };
}

function removal(key: string, effect: Effect = 'none'): DeviceChange {
  return { key, effect, text: undefined, revert: false, changes: [] };
}

it('takes the lowest free number for each volume that is detached, in the order of the writes', () => {
  const live = liveOf({
    unused0: 'a:vm-100-disk-0',
    unused2: 'a:vm-100-disk-2',
    scsi1: 'a:vm-100-disk-3,size=1G',
    efidisk0: 'a:vm-100-disk-4,efitype=4m',
    scsi2: 'a:vm-100-disk-5',
  });
  const { titles, unused } = followVolumes(
    100,
    live,
    ['scsi2', 'efidisk0', 'scsi1'].map((key) => removal(key)),
    [],
  );
  expect([...titles.values()]).toEqual([
    'detach disk scsi2 (becomes unused1: a:vm-100-disk-5)',
    'detach EFI disk (becomes unused3: a:vm-100-disk-4)',
    'detach disk scsi1 (becomes unused4: a:vm-100-disk-3)',
  ]);
  expect([...unused.keys()].sort()).toEqual(['unused0', 'unused1', 'unused2', 'unused3', 'unused4']);
});

it('a volume that is not the guest’s own, and one that stays until the restart, become no unused one', () => {
  const live = liveOf({ scsi1: 'a:vm-200-disk-3', sata1: 'a:vm-100-disk-1', scsi2: 'a:base-200-disk-0/vm-100-disk-7' });
  const { titles, unused } = followVolumes(
    100,
    live,
    [removal('scsi1'), removal('sata1', 'restart'), removal('scsi2')],
    [],
  );
  expect([...titles.values()]).toEqual([
    'detach disk scsi1 (a:vm-200-disk-3 is not the guest’s own, and is not kept as unused)',
    'detach disk sata1 (a:vm-100-disk-1 becomes unused at the next full start)',
    'detach disk scsi2 (becomes unused0: a:base-200-disk-0/vm-100-disk-7)',
  ]);
  expect([...unused]).toEqual([['unused0', 'a:base-200-disk-0/vm-100-disk-7']]);
});

it('media and cloud-init drives have no volume to keep', () => {
  const live = liveOf({ ide2: 'local:iso/a.iso,media=cdrom', ide0: 'a:vm-100-cloudinit,media=cdrom' });
  const { titles, unused } = followVolumes(100, live, [removal('ide2'), removal('ide0')], []);
  expect([titles.size, unused.size]).toEqual([0, 0]);
});
