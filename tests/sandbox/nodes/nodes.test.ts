import { afterAll, beforeAll, expect, it } from 'vitest';
import { GIB } from '../../../src/core/units.ts';
import { type Api, startApi } from '../api.ts';

let api: Api;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.sandbox.close());

it('has three nodes with the memory of the world', async () => {
  const nodes = (await api.data('GET', '/nodes')) as { node: string; maxmem: number; mem: number; maxcpu: number }[];
  expect(nodes.map(({ node, maxmem, mem, maxcpu }) => [node, maxcpu, (maxmem - mem) / GIB])).toEqual([
    ['pve1', 8, 24],
    ['pve2', 8, 28],
    ['pve3', 8, 20],
  ]);
});

it('takes the memory of running guests from their node', async () => {
  await api.data('POST', '/nodes/pve2/qemu', { vmid: 100, memory: '4096', start: 1 });
  await api.sandbox.settled();
  const { memory } = (await api.data('GET', '/nodes/pve2/status')) as { memory: { free: number; total: number } };
  expect(memory.free).toBeLessThan(28 * GIB);
  expect(memory.total).toBe(32 * GIB);
});

it('lists bridges, by type too', async () => {
  const all = (await api.data('GET', '/nodes/pve1/network')) as { iface: string }[];
  expect(all.map(({ iface }) => iface)).toEqual(['eno1', 'vmbr0', 'vmbr9']);
  const bridges = (await api.data('GET', '/nodes/pve1/network', { type: 'any_bridge' })) as { iface: string }[];
  expect(bridges.map(({ iface }) => iface)).toEqual(['vmbr0', 'vmbr9']);
});

it('has no containers', async () => {
  expect(await api.data('GET', '/nodes/pve1/lxc')).toEqual([]);
});
