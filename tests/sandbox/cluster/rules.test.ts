import { afterEach, beforeEach, expect, it } from 'vitest';
import { type Api, startApi } from '../api.ts';

let api: Api;
beforeEach(async () => {
  api = await startApi();
  for (const vmid of [100, 101]) {
    await api.data('POST', '/nodes/pve1/qemu', { vmid, scsi0: 'ceph-pool:1' });
    await api.sandbox.settled();
    await api.data('POST', '/cluster/ha/resources', { sid: `vm:${vmid}`, state: 'stopped' });
  }
});
afterEach(() => api.sandbox.close());

const RULES = '/cluster/ha/rules';

it('keeps rules, in order', async () => {
  await api.data('POST', RULES, { rule: 'r1', type: 'node-affinity', resources: 'vm:100', nodes: 'pve1:2', strict: 1 });
  await api.data('POST', RULES, {
    ...{ rule: 'r2', type: 'resource-affinity', resources: 'vm:100,vm:101', affinity: 'negative' },
  });
  expect(await api.data('GET', RULES)).toMatchObject([
    { rule: 'r1', order: 1, nodes: 'pve1:2', strict: 1 },
    { rule: 'r2', order: 2, affinity: 'negative' },
  ]);
  await api.data('PUT', `${RULES}/r1`, { type: 'node-affinity', disable: 1, delete: 'strict' });
  expect(await api.data('GET', `${RULES}/r1`)).toMatchObject({ disable: 1, nodes: 'pve1:2' });
  expect(await api.data('GET', `${RULES}/r1`)).not.toHaveProperty('strict');
  expect(await api.data('DELETE', `${RULES}/gone`)).toBeNull();
});

it.each([
  [{ type: 'node-affinity' }, { 'oneOf[node-affinity].nodes': 1, 'oneOf[node-affinity].resources': 1 }],
  [
    { type: 'bogus', resources: 'vm:100' },
    { type: 1, resources: 1 },
  ],
  [{ nodes: 'pve1' }, { type: 1, nodes: 1 }],
])('names what is wrong with %j as the schema with its choices does', async (params, names) => {
  const { status, body } = await api.call('POST', RULES, { rule: 'rx', ...params });
  expect([status, Object.keys(body.errors ?? {}).sort()]).toEqual([400, Object.keys(names).sort()]);
});

it('refuses rules about what is not managed or not there, and ones that contradict others', async () => {
  const post = async (params: object): Promise<unknown> =>
    (await api.call('POST', RULES, { rule: 'rx', ...params })).body.message;
  expect(await post({ type: 'node-affinity', resources: 'vm:999', nodes: 'pve1' })).toBe(
    'create ha rule failed: cannot use unmanaged resource(s) vm:999.\n',
  );
  expect(await post({ type: 'node-affinity', resources: 'vm:100', nodes: 'nope' })).toBe(
    'create ha rule failed: cannot use non-existent node(s) nope.\n',
  );
  const both = { type: 'resource-affinity', resources: 'vm:100,vm:101' };
  await api.data('POST', RULES, { rule: 'together', ...both, affinity: 'positive' });
  expect(await post({ ...both, affinity: 'negative' })).toContain("400 Rule 'rx' is invalid.");
});

it('takes a resource that is removed out of the rules, unless told not to', async () => {
  const both = { rule: 'rx', type: 'resource-affinity', resources: 'vm:100,vm:101', affinity: 'positive' };
  await api.data('POST', RULES, both);
  await api.data('DELETE', '/cluster/ha/resources/vm:100', { purge: 0 });
  expect(await api.data('GET', `${RULES}/rx`)).toMatchObject({ resources: 'vm:100,vm:101' });
  await api.data('DELETE', '/cluster/ha/resources/vm:101');
  expect(await api.data('GET', `${RULES}/rx`)).toMatchObject({ resources: 'vm:100' });
});

it('refuses groups, which are gone', async () => {
  expect((await api.call('POST', '/cluster/ha/groups', { group: 'g1', nodes: 'pve1' })).body.message).toBe(
    'cannot create group: ha groups have been migrated to rules\n',
  );
});

it('moves a guest on command', async () => {
  expect(await api.data('POST', '/cluster/ha/resources/vm:100/migrate', { node: 'pve2' })).toEqual({
    ...{ sid: 'vm:100', 'requested-node': 'pve2' },
  });
  await new Promise((resolve) => setImmediate(resolve));
  await api.sandbox.settled();
  const vms = (await api.data('GET', '/cluster/resources', { type: 'vm' })) as { vmid: number; node: string }[];
  expect(vms.map(({ vmid, node }) => [vmid, node])).toEqual([
    [100, 'pve2'],
    [101, 'pve1'],
  ]);
});
