import { afterEach, beforeEach, expect, it } from 'vitest';
import { type Api, startApi } from '../api.ts';

let api: Api;
beforeEach(async () => {
  api = await startApi();
  await api.data('POST', '/pools', { poolid: 'pa', comment: 'c ü' });
  await api.data('POST', '/nodes/pve1/qemu', { vmid: 100, name: 'one' });
  await api.sandbox.settled();
});
afterEach(() => api.sandbox.close());

it('holds guests and storages', async () => {
  await api.data('PUT', '/pools/pa', { vms: '100', storage: 'local' });
  expect(await api.data('GET', '/pools', { poolid: 'pa' })).toMatchObject([
    { poolid: 'pa', comment: 'c ü', members: [{ id: 'qemu/100', name: 'one' }, { id: 'storage/pve1/local' }] },
  ]);
});

it('moves a guest only when told so', async () => {
  await api.data('POST', '/pools', { poolid: 'pb' });
  await api.data('PUT', '/pools/pa', { vms: '100' });
  expect((await api.call('PUT', '/pools/pb', { vms: '100' })).body.message).toBe(
    "update pools failed: VM 100 belongs already to pool 'pa' and 'allow-move' is not set\n",
  );
  await api.data('PUT', '/pools/pb', { vms: '100', 'allow-move': 1 });
  expect(await api.data('GET', '/pools/pa')).toMatchObject({ members: [] });
});

it('changes nothing when one of several members is refused', async () => {
  await api.data('PUT', '/pools/pa', { vms: '100' });
  expect((await api.call('PUT', '/pools/pa', { vms: '101,100' })).status).toBe(500);
  await api.data('PUT', '/pools/pa', { vms: '101' });
});

it('forgets a guest that is destroyed', async () => {
  await api.data('PUT', '/pools/pa', { vms: '100' });
  await api.data('DELETE', '/nodes/pve1/qemu/100');
  await api.sandbox.settled();
  await api.data('DELETE', '/pools/pa');
  expect(await api.data('GET', '/pools')).toEqual([]);
});

it.each([
  ['POST', '/pools', { poolid: 'pa' }, "create pool failed: pool 'pa' already exists\n"],
  ['POST', '/pools', { poolid: 'no/p' }, "create pool failed: parent 'no' of pool 'no/p' does not exist\n"],
  ['POST', '/pools', { poolid: '1pool' }, 'create pool failed: pool name must start with a letter\n'],
  ['PUT', '/pools/pa', { vms: '100', delete: 1 }, 'update pools failed: VM 100 is not a pool member\n'],
  ['PUT', '/pools/pb', { comment: 'x' }, "update pools failed: pool 'pb' does not exist\n"],
  ['DELETE', '/pools/pb', {}, "delete pool failed: pool 'pb' does not exist\n"],
])('refuses %s %s %j as the real API does', async (method, path, params, message) => {
  const { status, body } = await api.call(method, path, params);
  expect([status, body.message]).toEqual([500, message]);
});

it('is not deleted while it has members or pools below it', async () => {
  await api.data('POST', '/pools', { poolid: 'pa/sub' });
  expect((await api.call('DELETE', '/pools/pa')).body.message).toBe(
    "delete pool failed: pool 'pa' is not empty (contains pool 'pa/sub')\n",
  );
  await api.data('DELETE', '/pools', { poolid: 'pa/sub' });
  await api.data('PUT', '/pools/pa', { vms: '100' });
  expect((await api.call('DELETE', '/pools/pa')).body.message).toBe(
    "delete pool failed: pool 'pa' is not empty (contains VM 100)\n",
  );
});
