import { afterEach, beforeEach, expect, it } from 'vitest';
import { type Harness, startHarness } from '../harness.ts';
import { errorsOf, powerByHand, titlesOf } from './guests.ts';

let harness: Harness;
beforeEach(async () => {
  harness = await startHarness();
});
afterEach(() => harness.close());

const WEB = 'kind: vm\nname: web-01\nha: false\n';

const makePool = (poolid: string): Promise<unknown> => harness.pve.post('/pools', { params: { poolid } });
async function poolOf(vmid = 101): Promise<unknown> {
  const rows = (await harness.pve.get('/cluster/resources', { query: { type: 'vm' } })) as {
    vmid: number;
    pool?: string;
  }[];
  return rows.find((row) => row.vmid === vmid)?.pool;
}

it.each(['7.4', '8.4', '9.2'] as const)(
  'R-42: on Proxmox VE %s a guest joins, moves to another, and leaves a pool',
  async (version) => {
    await harness.close();
    harness = await startHarness({ version });
    await makePool('web');
    await makePool('shop');
    await harness.apply(`${WEB}pool: web\n`);
    expect(await poolOf()).toBe('web');
    await powerByHand(harness, 101, 'start');
    const plan = await harness.plan(`${WEB}pool: shop\n`);
    expect(plan.resources[0]?.changes).toMatchObject([{ path: 'pool', before: 'web', after: 'shop', effect: 'live' }]);
    expect(titlesOf(plan)).toEqual(version === '7.4' ? ['leave pool web', 'join pool shop'] : ['move to pool shop']);
    await harness.run(plan);
    expect(await poolOf()).toBe('shop');
    expect(titlesOf(await harness.plan(`${WEB}pool: shop\n`))).toEqual([]);
    expect(titlesOf(await harness.plan(WEB))).toEqual([]);
    await harness.apply(`${WEB}pool: null\n`);
    expect(await poolOf()).toBeUndefined();
    await harness.apply(`${WEB}pool: web\n`);
    expect(await poolOf()).toBe('web');
  },
);

it('R-42: the other members of a pool stay', async () => {
  await makePool('web');
  await harness.apply('kind: vm\nname: db-01\nha: false\npool: web\n');
  await harness.apply(`${WEB}pool: web\n`);
  await harness.apply(`${WEB}pool: null\n`);
  expect([await poolOf(101), await poolOf(102)]).toEqual(['web', undefined]);
});

it('a pool that does not exist is an error with those that do', async () => {
  await makePool('web');
  const plan = await harness.plan(`${WEB}pool: wep\n`);
  expect(errorsOf(plan)).toMatchObject([{ code: 'MISSING', pointer: '/pool' }]);
  expect(errorsOf(plan)[0]?.detail).toContain('web');
});

it('P5: a guest that somebody put into the pool meanwhile is no failure that repeats', async () => {
  await makePool('web');
  await harness.apply(WEB);
  const plan = await harness.plan(`${WEB}pool: web\n`);
  await harness.pve.put('/pools', { params: { poolid: 'web', vms: '101' } });
  await harness.run(plan);
  expect(titlesOf(await harness.plan(`${WEB}pool: web\n`))).toEqual([]);
});
