import { afterEach, beforeEach, expect, it } from 'vitest';
import { createPveClient } from '../../src/pve/client.ts';
import { systemClock } from '../../src/pve/clock.ts';
import type { PveClient } from '../../src/pve/reader.ts';
import { type Harness, startHarness } from '../harness.ts';
import { createByHand, errorsOf, guestIds } from './guests.ts';
import { tokenWith } from './refused-fixtures.ts';

let harness: Harness;
let clients: PveClient[];
beforeEach(async () => {
  harness = await startHarness();
  clients = [];
  await harness.pve.post('/pools', { params: { poolid: 'ci' } });
  await createByHand(harness, 102, { name: 'hidden' });
});
afterEach(async () => {
  for (const client of clients) await client.close();
  await harness.close();
});

const RIGHTS =
  'VM.Allocate,VM.Audit,VM.Config.CDROM,VM.Config.CPU,VM.Config.Disk,VM.Config.HWType,VM.Config.Memory,VM.Config.Network,VM.Config.Options,VM.PowerMgmt,Pool.Allocate,Pool.Audit';
const OTHERS = { '/storage': 'Datastore.AllocateSpace,Datastore.Audit', '/sdn': 'SDN.Use', '/nodes': 'Sys.Audit' };
const guest = (name: string): string => `kind: vm\nname: ${name}\nnode: pve1\npool: ci\nha: false\n`;
const YAML = ['one', 'two', 'three'].map(guest).join('---\n');

/** A client of one who has all rights where it is said; where `hidden` says a path, none there. */
async function clientWith(paths: readonly string[], hidden?: string): Promise<PveClient> {
  const privileges = { ...OTHERS, ...Object.fromEntries(paths.map((path) => [path, RIGHTS])) };
  const token = await tokenWith(harness, privileges);
  if (hidden !== undefined)
    await harness.pve.put('/access/acl', { params: { path: hidden, roles: 'NoAccess', users: 'ci@pve' } });
  const { ca, endpoint } = harness.sandbox;
  const credentials = { type: 'token', token } as const;
  const client = createPveClient({ endpoint, credentials, trust: { ca }, clock: systemClock });
  clients.push(client);
  return client;
}

async function plannedIds(pve: PveClient) {
  const from = harness.sandbox.requests.length;
  const plan = await harness.plan(YAML, { pve });
  expect(errorsOf(plan)).toEqual([]);
  const asked = harness.sandbox.requests.slice(from).filter(({ path }) => path === '/cluster/nextid');
  return { plan, asked: asked.length, ids: plan.resources.map(({ vmid }) => vmid) };
}

it('R-3: the ids of guests that the token cannot see are passed over, each asked for by itself', async () => {
  const { ids, asked } = await plannedIds(await clientWith(['/pool/ci']));
  expect(ids).toEqual([101, 103, 104]);
  expect(asked).toBe(5);
});

it('R-52: a token that sees all guests asks for one id, however many are chosen', async () => {
  const { ids, asked } = await plannedIds(await clientWith(['/vms', '/pool/ci']));
  expect(ids).toEqual([101, 103, 104]);
  expect(asked).toBe(1);
});

it('R-3: the id of a guest that alone is kept from the token is refused by the create, and the next one taken', async () => {
  const pve = await clientWith(['/vms', '/pool/ci'], '/vms/102');
  const { plan, ids } = await plannedIds(pve);
  expect(ids).toEqual([101, 102, 103]);
  const before = harness.sandbox.guestConfig(102);
  expect(await harness.run(plan, undefined, undefined, pve)).toMatchObject({ outcome: 'ok' });
  await harness.sandbox.settled();
  expect([...(await guestIds(harness))].sort()).toEqual([101, 102, 103, 104]);
  expect(harness.sandbox.guestConfig(102)).toBe(before);
});
