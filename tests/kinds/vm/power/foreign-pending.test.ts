import { describe, expect, it } from 'vitest';
import { vmFields } from '../../../../src/generated/fields/vm.ts';
import type { LiveState, ManagedValue } from '../../../../src/kinds/kind.ts';
import { foreignPending } from '../../../../src/kinds/vm/power/foreign-pending.ts';

function live(current: Record<string, string>, pending: Record<string, string>): LiveState {
  return {
    current: new Map(Object.entries(current)),
    pending: new Map(Object.entries(pending)),
    running: true,
    hotplug: new Set(),
  };
}

function managed(path: string, key: string, sub?: string): ManagedValue {
  const field = vmFields.find((candidate) => candidate.path === path.replace(/\.(net|scsi)\d+/, '.*'));
  if (field === undefined) throw new Error(`no field ${path}`);
  return { path, key, ...(sub === undefined ? {} : { sub }), field, value: 1, origin: '', builtIn: false };
}

const names = (state: LiveState, desired: readonly ManagedValue[] = []): readonly string[] =>
  foreignPending(state, desired).map(({ name }) => name);

describe('R-59: pending values of others', () => {
  it('R-59: are the keys that no document manages, new, changed and removed', () => {
    const state = live({ args: '-a', cores: '2', name: 'x' }, { cores: '4', watchdog: 'ib700', name: 'x' });
    expect(foreignPending(state, [])).toEqual([
      { name: 'args', before: '-a', after: undefined },
      { name: 'cores', before: '2', after: '4' },
      { name: 'watchdog', before: undefined, after: 'ib700' },
    ]);
    expect(names(state, [managed('cpu.cores', 'cores')])).toEqual(['args', 'watchdog']);
  });

  it('R-59: are none of a device that the document removes', () => {
    const state = live({ rng0: '/dev/urandom,period=500' }, { rng0: '/dev/urandom' });
    const device = { ...managed('devices.rng0', 'rng0'), value: undefined };
    expect(names(state, [device])).toEqual([]);
    expect(names(state, [{ ...device, value: true }])).toEqual(['rng0.period']);
  });

  it('R-59: are told apart from the document’s own in one property string', () => {
    const state = live(
      { net0: 'virtio=BC:24:11:00:00:01,bridge=vmbr0,mtu=1' },
      { net0: 'virtio=BC:24:11:00:00:01,bridge=vmbr9,mtu=1500' },
    );
    expect(names(state, [managed('network.net0.bridge', 'net0', 'bridge')])).toEqual(['net0.mtu']);
  });

  it('R-59: are not the size of a volume, nor what is no config key', () => {
    const disk = (size: string): string => `ceph-pool:vm-101-disk-0,size=${size}`;
    const state = live({ scsi0: disk('1G'), pool: 'a' }, { scsi0: disk('2G'), pool: 'b' });
    expect(names(state, [managed('disks.scsi0.cache', 'scsi0', 'cache')])).toEqual([]);
  });

  it.each([
    ['a device that goes leaves it', { boot: 'order=scsi0;ide2', ide2: 'none' }, { boot: 'order=scsi0' }, ['ide2']],
    ['a device that comes joins it', { boot: 'order=scsi0' }, { boot: 'order=scsi0;ide2', ide2: 'none' }, ['ide2']],
    ['another order is somebody’s', { boot: 'order=scsi0;net0' }, { boot: 'order=net0;scsi0' }, ['boot']],
    ['a device that stays was taken out', { boot: 'order=scsi0;net0' }, { boot: 'order=scsi0' }, ['boot']],
  ] as const)('R-59: are not the boot order that Proxmox VE itself changes: %s', (_, current, pending, expected) => {
    expect(names(live({ ...current }, { ...pending }))).toEqual(expected);
  });
});
