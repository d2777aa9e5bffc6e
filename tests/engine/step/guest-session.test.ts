import { describe, expect, it } from 'vitest';
import type { GuestPlan } from '../../../src/core/plan.ts';
import { createPatience } from '../../../src/engine/recovery/patience.ts';
import { createGuestSession } from '../../../src/engine/step/guest-session.ts';
import type { PendingItem } from '../../../src/pve/cluster-rows.ts';
import type { PveReader } from '../../../src/pve/reader.ts';
import { createFakeClock } from '../../pve/fake-clock.ts';

type Items = Readonly<Record<string, PendingItem>>;

const SMBIOS = { smbios1: { value: 'uuid=aaaaaaaa-0000-4000-8000-000000000001' } };
const PLAN: GuestPlan = {
  ...{ address: 'vm/web', action: 'update', source: { file: 'web.yaml', line: 1 }, node: 'pve1', vmid: 101 },
  ...{ vmidChosen: false, dependsOn: [], incarnation: 'smbios1=aaaaaaaa-0000-4000-8000-000000000001', digest: 'one' },
  ...{ changes: [], unmanaged: [], steps: [] },
};

/** Checks a guest as planned, then as it is later; `names` are the keys that the run has written in between. */
async function checkTwice(
  first: Items,
  later: Items,
  names: Readonly<Record<string, string>> = {},
  below = 'config',
): Promise<void> {
  const reads = [
    { digest: 'one', items: { ...SMBIOS, ...first } },
    { digest: 'two', items: { ...SMBIOS, ...later } },
  ];
  const reader: PveReader = {
    get: async () => {
      const { digest, items } = reads.shift() ?? { digest: 'none', items: {} };
      return [{ key: 'digest', value: digest }, ...Object.entries(items).map(([key, item]) => ({ key, ...item }))];
    },
  };
  const patience = createPatience({
    ...{ clock: createFakeClock(), limitMs: 1000, random: () => 0.5, onWaiting: () => undefined },
  });
  const session = createGuestSession(PLAN);
  await session.check(undefined, { reader, patience });
  session.touch({ method: 'PUT', path: `/nodes/pve1/qemu/101/${below}`, params: names });
  await session.check(undefined, { reader, patience });
}

describe('R-19: between two writes of a run', () => {
  it.each([
    ['what the run itself wrote', { cores: { value: 2 } }, { cores: { value: 4 } }, { cores: '4' }],
    ['the machine that a change to Windows pins', {}, { machine: { value: 'pc-q35-9.0' } }, { ostype: 'win11' }],
    ['a pending value that a stop has applied', { cores: { value: 2, pending: 4 } }, { cores: { value: 4 } }],
    ['a pending removal that a stop has carried out', { cores: { value: 2, delete: 1 } }, {}],
    ['another size of a volume', { scsi0: { value: 'a:1,size=1G' } }, { scsi0: { value: 'a:1,size=2G' } }],
    [
      'what a device leaves that the run takes away',
      { scsi1: { value: 'a:1' } },
      { unused0: { value: 'a:1' } },
      { delete: 'scsi1' },
    ],
  ] as const)(
    '%s is no change by others',
    async (_name, first, later, names: Readonly<Record<string, string>> = {}) => {
      await expect(checkTwice(first, later, names)).resolves.toBeUndefined();
    },
  );

  it.each([
    ['another value', { cores: { value: 2 } }, { cores: { value: 3 } }, 'cores'],
    ['a new key', {}, { args: { value: '-x' } }, 'args'],
    ['a key that is gone', { tags: { value: 'a' } }, {}, 'tags'],
    ['another value than the pending one', { cores: { value: 2, pending: 4 } }, { cores: { value: 8 } }, 'cores'],
    ['a value in place of a pending removal', { cores: { value: 2, delete: 1 } }, { cores: { value: 8 } }, 'cores'],
    ['another pending value', { cores: { value: 2, pending: 4 } }, { cores: { value: 2, pending: 8 } }, 'cores'],
    [
      'a boot order without a device of ours',
      { boot: { value: 'order=scsi0' } },
      { boot: { value: 'order=net0' } },
      'boot',
    ],
    ['a volume in place of another', { scsi0: { value: 'a:1,size=1G' } }, { scsi0: { value: 'a:2,size=1G' } }, 'scsi0'],
  ] as const)('%s is a conflict', async (_name, first, later, key) => {
    await expect(checkTwice(first, later)).rejects.toMatchObject({
      code: 'STALE',
      message: expect.stringContaining(`somebody else changed ${key} of guest 101`),
    });
  });

  it('what a write to the firewall names is no config key, though it looks like one', async () => {
    const check = checkTwice(
      { name: { value: 'a' } },
      { name: { value: 'b' } },
      { name: 'office' },
      'firewall/aliases',
    );
    await expect(check).rejects.toMatchObject({ message: expect.stringContaining('somebody else changed name') });
  });

  it('R-54: another guest under the id is a conflict', async () => {
    const other = { smbios1: { value: 'uuid=bbbbbbbb-0000-4000-8000-000000000001' } };
    await expect(checkTwice({}, other)).rejects.toMatchObject({
      message: expect.stringContaining('another guest than the one that was planned for'),
    });
  });
});
