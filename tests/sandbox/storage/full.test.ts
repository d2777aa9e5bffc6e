import { afterEach, beforeEach, expect, it } from 'vitest';
import { type Api, startApi } from '../api.ts';

let api: Api;
beforeEach(async () => {
  api = await startApi();
});
afterEach(() => api.sandbox.close());

/** A storage that the world does not describe has 100 GiB. */
const allocate = (storage: string, filename: string) =>
  api.call('POST', `/nodes/pve1/storage/${storage}/content`, { vmid: 100, size: '60G', filename });

it('a volume group refuses an image that does not fit', async () => {
  await api.data('POST', '/storage', { storage: 'thick', type: 'lvm', vgname: 'pve' });
  expect((await allocate('thick', 'vm-100-disk-0')).status).toBe(200);
  expect((await allocate('thick', 'vm-100-disk-1')).body.message).toBe(
    `lvcreate 'pve/vm-100-disk-1' error:   Volume group "pve" has insufficient free space (10240 extents): 15360 required.\n`,
  );
});

it('a ZFS pool does so unless it is sparse, and a thin pool never does', async () => {
  await api.data('POST', '/storage', { storage: 'zpool', type: 'zfspool', pool: 'rpool/data' });
  await api.data('POST', '/storage', { storage: 'zthin', type: 'zfspool', pool: 'rpool/thin', sparse: 1 });
  for (const storage of ['zpool', 'zthin']) expect((await allocate(storage, 'vm-100-disk-0')).status).toBe(200);
  expect((await allocate('zpool', 'vm-100-disk-1')).body.message).toBe(
    "zfs error: cannot create 'rpool/data/vm-100-disk-1': out of space\n",
  );
  expect((await allocate('zthin', 'vm-100-disk-1')).status).toBe(200);
});
