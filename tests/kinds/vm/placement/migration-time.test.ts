import { afterEach, beforeEach, expect, it } from 'vitest';
import { migrationTime } from '../../../../src/kinds/vm/placement/migration-time.ts';
import { type Harness, startHarness } from '../../../harness.ts';

const MINUTE_MS = 60_000;

let harness: Harness;
beforeEach(async () => {
  harness = await startHarness();
});
afterEach(() => harness.close());

const web = (node: string, more = ''): string =>
  `kind: vm\nname: web-01\nnode: ${node}\nha: false\nmemory: { size: 4GiB }\n${more}`;

it('a migration has as long as timeouts.migrate says, and otherwise the longer the larger the guest is', async () => {
  await harness.apply(web('pve1'));
  const timeOf = async (more: string): Promise<number | undefined> =>
    (await harness.plan(web('pve2', `onMoved: migrate\n${more}`))).resources[0]?.steps[0]?.await.timeoutMs;
  // An hour, 4 GiB of memory, a disk of 32 GiB and an EFI disk of a few MiB.
  expect(await timeOf('')).toBe((60 + 37) * MINUTE_MS);
  expect(await timeOf('timeouts: { migrate: 4h }\n')).toBe(240 * MINUTE_MS);
});

it('counts the memory that a guest has without saying so, and no media', () => {
  const live = (texts: Readonly<Record<string, string>>) => ({
    ...{ current: new Map(Object.entries(texts)), pending: new Map(), running: true, hotplug: new Set<string>() },
  });
  expect(migrationTime(live({}))).toBe(61 * MINUTE_MS);
  expect(migrationTime(live({ memory: 'current=2048', scsi0: 'a:vm-1-disk-0,size=10G' }))).toBe(72 * MINUTE_MS);
  expect(migrationTime(live({ memory: '1024', ide2: 'a:iso/b.iso,media=cdrom,size=9G' }))).toBe(61 * MINUTE_MS);
});
