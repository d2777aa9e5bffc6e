import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Api, startApi } from '../api.ts';

let api: Api;
beforeAll(async () => {
  api = await startApi({ version: '8.4' });
  await api.data('POST', '/nodes/pve1/qemu', { vmid: 100 });
  await api.sandbox.settled();
});
afterAll(() => api.sandbox.close());

it('8.4 has groups, and knows no rules', async () => {
  await api.data('POST', '/cluster/ha/groups', { group: 'g1', nodes: 'pve1:2,pve2', restricted: 1 });
  expect(await api.data('GET', '/cluster/ha/groups')).toMatchObject([
    { group: 'g1', type: 'group', nodes: 'pve1:2,pve2', restricted: 1 },
  ]);
  expect((await api.call('GET', '/cluster/ha/rules')).status).toBe(501);
});

it('a resource names a group that is there, which then stays', async () => {
  const post = (group: string) => api.call('POST', '/cluster/ha/resources', { sid: 'vm:100', group, state: 'stopped' });
  expect((await post('nope')).body.message).toBe("create resource failed: HA group 'nope' does not exist\n");
  expect((await post('g1')).status).toBe(200);
  expect((await api.call('DELETE', '/cluster/ha/groups/g1')).status).toBe(500);
});

it('pools may begin with a digit there', async () => {
  expect((await api.call('POST', '/pools', { poolid: '1pool' })).status).toBe(200);
});
