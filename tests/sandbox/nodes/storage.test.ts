import { afterAll, beforeAll, expect, it } from 'vitest';
import { GIB, TIB } from '../../../src/core/units.ts';
import { type Api, startApi } from '../api.ts';

let api: Api;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.sandbox.close());

const names = (rows: unknown): readonly string[] =>
  (rows as readonly { storage: string }[]).map(({ storage }) => storage);

it('has the storages of the world on each node', async () => {
  expect(names(await api.data('GET', '/nodes/pve3/storage'))).toEqual(['local', 'local-lvm', 'cephfs', 'ceph-pool']);
  expect(names(await api.data('GET', '/nodes/pve1/storage', { content: 'images' }))).toEqual([
    'local-lvm',
    'ceph-pool',
  ]);
  expect(await api.data('GET', '/nodes/pve1/storage/ceph-pool/status')).toMatchObject({
    ...{ type: 'rbd', shared: 1, active: 1, enabled: 1, total: 2 * TIB, used: 0, avail: 2 * TIB },
  });
});

it('lists images of installation media', async () => {
  const rows = (await api.data('GET', '/nodes/pve2/storage/cephfs/content', { content: 'iso' })) as { volid: string }[];
  expect(rows.map(({ volid }) => volid)).toEqual([
    'cephfs:iso/nixos-minimal-24.11.iso',
    'cephfs:iso/nixos-minimal-25.05.iso',
  ]);
});

it('takes the whole size of a volume from its storage, on the node that has it', async () => {
  await api.data('POST', '/nodes/pve1/qemu', { vmid: 100, scsi0: 'local-lvm:8', scsi1: 'ceph-pool:2' });
  await api.sandbox.settled();
  expect(await api.data('GET', '/nodes/pve1/storage/local-lvm/status')).toMatchObject({ used: 8 * GIB });
  expect(await api.data('GET', '/nodes/pve2/storage/local-lvm/status')).toMatchObject({ used: 0 });
  expect(await api.data('GET', '/nodes/pve2/storage/ceph-pool/status')).toMatchObject({ used: 2 * GIB });
  expect(await api.data('GET', '/nodes/pve1/storage/local-lvm/content', { vmid: 100 })).toMatchObject([
    { volid: 'local-lvm:vm-100-disk-0', vmid: 100, content: 'images', format: 'raw', size: 8 * GIB },
  ]);
});

it('says of an unknown storage what the real API says', async () => {
  const { status, body } = await api.call('GET', '/nodes/pve1/storage/nope/status');
  expect([status, body.errors]).toEqual([400, { storage: 'No such storage.' }]);
  expect((await api.call('GET', '/storage/nope')).body.message).toBe("storage 'nope' does not exist\n");
});

it('shows the definition of a storage with the digest of its file', async () => {
  expect(await api.data('GET', '/storage/local-lvm')).toMatchObject({
    ...{ storage: 'local-lvm', type: 'lvmthin', vgname: 'pve', thinpool: 'data', content: 'images,rootdir' },
    digest: expect.stringMatching(/^[0-9a-f]{40}$/),
  });
});
