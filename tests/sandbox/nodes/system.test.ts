import { afterEach, beforeEach, expect, it } from 'vitest';
import { type Api, startApi } from '../api.ts';

let api: Api;
beforeEach(async () => {
  api = await startApi({ world: 'recorded', taskTimeMs: 50 });
});
afterEach(() => api.sandbox.close());

it('interrupts a task that is asked to stop before its work', async () => {
  const volume = '/nodes/pve1/storage/local/content/local:iso/debian-12.iso';
  const task = `/nodes/pve1/tasks/${encodeURIComponent(String(await api.data('DELETE', volume)))}`;
  expect(await api.data('DELETE', task)).toBeNull();
  await api.sandbox.settled();
  expect(await api.data('GET', `${task}/status`)).toMatchObject({ exitstatus: 'received interrupt' });
  expect(await api.data('GET', volume)).toMatchObject({ size: 1024 ** 2 });
});

it('reads one interface, without its name', async () => {
  expect(await api.data('GET', '/nodes/pve1/network/vmbr0')).toMatchObject({ type: 'bridge', cidr: '192.0.2.10/24' });
  expect(await api.data('GET', '/nodes/pve1/network/vmbr0')).not.toHaveProperty('iface');
  expect((await api.call('GET', '/nodes/pve1/network/nope')).body.errors).toEqual({
    iface: 'interface does not exist',
  });
});

it('lists the services of a node, which run', async () => {
  const services = (await api.data('GET', '/nodes/pve1/services')) as { service: string; state: string }[];
  expect(services.find(({ service }) => service === 'pveproxy')).toMatchObject({ state: 'running' });
});

it('logs that tasks began and ended, for the cluster', async () => {
  await api.data('DELETE', '/nodes/pve1/storage/local/content/local:iso/nope.iso');
  await api.sandbox.settled();
  const rows = (await api.data('GET', '/cluster/log')) as { msg: string }[];
  expect(rows.map(({ msg }) => msg.split(' UPID')[0])).toEqual(['end task', 'starting task']);
});
