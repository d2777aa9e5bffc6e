import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type Api, startApi } from '../api.ts';

let api: Api;
beforeEach(async () => {
  api = await startApi();
});
afterEach(() => api.sandbox.close());

const guestRows = async (from: Api): Promise<unknown> => from.data('GET', '/cluster/resources', { type: 'vm' });

it('is a quorate cluster of three nodes', async () => {
  expect(await api.data('GET', '/cluster/status')).toMatchObject([
    { type: 'cluster', name: 'sandbox', nodes: 3, quorate: 1 },
    { type: 'node', name: 'pve1', online: 1, local: 1 },
    { type: 'node', name: 'pve2', online: 1, local: 0 },
    { type: 'node', name: 'pve3', online: 1, local: 0 },
  ]);
});

it('proposes the lowest free id as a string, and reserves nothing', async () => {
  expect(await api.data('GET', '/cluster/nextid')).toBe('100');
  await api.data('POST', '/nodes/pve1/qemu', { vmid: 100 });
  expect(await api.data('GET', '/cluster/nextid')).toBe('101');
  expect(await api.data('GET', '/cluster/nextid', { vmid: 200 })).toBe('200');
  expect((await api.call('GET', '/cluster/nextid', { vmid: 100 })).body.errors).toEqual({
    vmid: 'VM 100 already exists',
  });
});

it('keeps to the datacenter’s range of ids, whose upper bound is exclusive', async () => {
  writeFileSync(join(api.sandbox.directory, 'datacenter.cfg'), 'next-id: lower=500,upper=501\n');
  api.sandbox.reload();
  expect(await api.data('GET', '/cluster/nextid')).toBe('500');
  await api.data('POST', '/nodes/pve1/qemu', { vmid: 500 });
  const { body } = await api.call('GET', '/cluster/nextid');
  expect(body.message).toBe('unable to get any free VMID in range [500, 501]\n');
});

it('shows guests with name, status, tags and pool', async () => {
  await api.data('POST', '/pools', { poolid: 'web' });
  await api.data('POST', '/nodes/pve2/qemu', { vmid: 100, name: 'one', tags: 'b;a', pool: 'web', cores: 2 });
  await api.sandbox.settled();
  expect(await guestRows(api)).toMatchObject([
    { id: 'qemu/100', vmid: 100, node: 'pve2', name: 'one', status: 'stopped', tags: 'a;b', pool: 'web', maxcpu: 2 },
  ]);
});

it('R-37: shows an old name and status for as long as it is told to, but tags at once', async () => {
  const late = await startApi({ resourcesLagMs: 60 });
  await late.data('POST', '/nodes/pve1/qemu', { vmid: 100, name: 'new', tags: 'a' });
  await late.sandbox.settled();
  expect(await guestRows(late)).toEqual([
    { id: 'qemu/100', type: 'qemu', vmid: 100, node: 'pve1', status: 'unknown', tags: 'a' },
  ]);
  await new Promise((resolve) => setTimeout(resolve, 80));
  expect(await guestRows(late)).toMatchObject([{ name: 'new', status: 'stopped' }]);
  await late.data('PUT', '/nodes/pve1/qemu/100/config', { name: 'newer', tags: 'b' });
  expect(await guestRows(late)).toMatchObject([{ name: 'new', tags: 'b' }]);
  await late.sandbox.close();
});

it('fills in the options that every datacenter has', async () => {
  expect(await api.data('GET', '/cluster/options')).toEqual({
    ...{ keyboard: 'en-us', mac_prefix: 'BC:24:11', description: '', 'allowed-tags': [] },
  });
});
