import { afterEach, beforeEach, expect, it } from 'vitest';
import { type Harness, startHarness } from '../harness.ts';
import { configOf, destroyByHand } from './guests.ts';

let harness: Harness;
beforeEach(async () => {
  harness = await startHarness({ taskTimeMs: 5 });
});
afterEach(() => harness.close());

const WEB = 'kind: vm\nname: web-01\nha: false\ndisks: { scsi0: { storage: ceph-pool, size: 8GiB } }\n';

it('R-38: a guest that is migrated between the plan and a step of it is a conflict, and nothing is written', async () => {
  await harness.apply(`${WEB}node: pve1\n`);
  const plan = await harness.plan(`${WEB}memory: { size: 4GiB }\n`);
  await harness.pve.post('/nodes/pve1/qemu/101/migrate', { params: { target: 'pve2' } });
  await harness.sandbox.settled();
  harness.writes();
  const result = await harness.run(plan);
  expect(harness.writes()).toEqual([]);
  expect(result).toMatchObject({ outcome: 'failed', wrote: false, errors: [{ code: 'STALE' }] });
  expect(result.errors[0]?.message).toBe('cannot change vm/web-01: guest 101 is no longer on pve1');
  expect(result.errors[0]?.hints).toEqual([expect.stringContaining('run the command again')]);
  await harness.apply(`${WEB}memory: { size: 4GiB }\n`);
  expect(await configOf(harness, 101)).toMatchObject({ memory: '4096' });
});

it('P5: a guest that is destroyed between the plan and a step of it is a conflict, and is not made again', async () => {
  await harness.apply(`${WEB}node: pve1\n`);
  const plan = await harness.plan(`${WEB}memory: { size: 4GiB }\n`);
  await destroyByHand(harness, 101);
  harness.writes();
  const result = await harness.run(plan);
  expect(harness.writes()).toEqual([]);
  expect(result).toMatchObject({ outcome: 'failed', errors: [{ code: 'STALE' }] });
});
