import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type Api, startApi } from '../api.ts';

let api: Api;
beforeEach(async () => {
  api = await startApi();
});
afterEach(() => api.sandbox.close());

const cfg = (): string => readFileSync(join(api.sandbox.directory, 'storage.cfg'), 'utf8');
const refused = async (method: string, path: string, params: object): Promise<unknown> => {
  const { status, body } = await api.call(method, path, params);
  return [status, body.message ?? ''];
};

it('writes a new storage as Proxmox VE does: a bare disable, required keys, the others by name', async () => {
  expect(
    await api.data('POST', '/storage', {
      ...{ storage: 'nas', type: 'nfs', server: '198.51.100.5', export: '/srv', nodes: 'pve1,pve2' },
      ...{ content: 'iso,backup', disable: 1, 'prune-backups': 'keep-last=3' },
    }),
  ).toEqual({ storage: 'nas', type: 'nfs' });
  expect(cfg().split('\n\n').at(-2)).toBe(
    [
      'nfs: nas\n\tdisable\n\texport /srv\n\tpath /mnt/pve/nas\n\tserver 198.51.100.5\n\tcontent iso,backup',
      '\n\tnodes pve1,pve2\n\tprune-backups keep-last=3',
    ].join(''),
  );
  expect(await api.data('GET', '/storage/nas')).toMatchObject({
    ...{ path: '/mnt/pve/nas', shared: 1, disable: 1, content: 'iso,backup', nodes: 'pve1,pve2' },
  });
});

it('takes the content of the type where none is given', async () => {
  await api.data('POST', '/storage', { storage: 'pbs1', type: 'pbs', server: 'pbs.example.com', datastore: 'd' });
  expect(await api.data('GET', '/storage/pbs1')).toMatchObject({ content: 'backup', shared: 1 });
});

it('keeps passwords out of storage.cfg', async () => {
  await api.data('POST', '/storage', {
    ...{ storage: 'cifs1', type: 'cifs', server: 'nas.example.com', share: 's', username: 'u', password: 'geheim' },
  });
  expect(cfg()).not.toContain('geheim');
  expect(JSON.stringify(await api.data('GET', '/storage/cifs1'))).not.toContain('geheim');
  expect(readFileSync(join(api.sandbox.directory, 'priv/storage/cifs1.pw'), 'utf8')).toBe('geheim\n');
});

it.each([
  [{ type: 'dir' }, "missing value for required option 'path'\n"],
  [{ type: 'dir', path: '/x', server: 'h' }, "unexpected property 'server'\n"],
  [{ type: 'nfs', server: '192.0.2.99', export: '/srv' }, "create storage failed: storage 'new' is not online\n"],
  [{ type: 'lvmthin', vgname: 'nope', thinpool: 'data' }, "create storage failed: no such volume group 'nope'\n"],
  [{ type: 'dir', path: '/x', content: 'none,iso' }, "unable to combine 'none' with other content types\n"],
])('refuses to create a storage from %j', async (params, message) => {
  expect(await refused('POST', '/storage', { storage: 'new', ...params })).toEqual([500, message]);
  expect(await refused('GET', '/storage/new', {})).toEqual([500, "storage 'new' does not exist\n"]);
});

it('refuses an update with an old digest, of a fixed key, or without a required one', async () => {
  const { digest } = (await api.data('GET', '/storage/local')) as { digest: string };
  await api.data('PUT', '/storage/local', { content: 'iso', digest });
  expect(await refused('PUT', '/storage/local', { content: 'iso,backup', digest })).toEqual([
    500,
    'update storage failed: detected modified configuration - file changed by other user? Try again.\n',
  ]);
  expect(await refused('PUT', '/storage/local', { delete: 'path' })).toEqual([
    500,
    "update storage failed: unable to delete required option 'path'\n",
  ]);
});

it('deletes a storage, its access rules, and nothing that it holds', async () => {
  await api.data('PUT', '/access/acl', { path: '/storage/local-lvm', users: 'root@pam', roles: 'PVEAdmin' });
  await api.data('POST', '/nodes/pve1/qemu', { vmid: 100, scsi0: 'local-lvm:1' });
  await api.sandbox.settled();
  expect(await api.data('DELETE', '/storage/local-lvm')).toBeNull();
  expect(await api.data('GET', '/access/acl')).toEqual([]);
  await api.data('POST', '/storage', { storage: 'local-lvm', type: 'lvmthin', vgname: 'pve', thinpool: 'data' });
  expect(await api.data('GET', '/nodes/pve1/storage/local-lvm/content')).toMatchObject([{ vmid: 100 }]);
});

it('is inactive and empty while it is disabled, and no resource of the cluster', async () => {
  await api.data('PUT', '/storage/local', { disable: 1 });
  expect(await api.data('GET', '/nodes/pve1/storage/local/status')).toMatchObject({ enabled: 0, active: 0, total: 0 });
  const rows = (await api.data('GET', '/cluster/resources', { type: 'storage' })) as { storage: string }[];
  expect(rows.map(({ storage }) => storage)).not.toContain('local');
  expect(rows.map(({ storage }) => storage)).toContain('local-lvm');
});

it('is there after a restart', async () => {
  await api.data('POST', '/storage', { storage: 'more', type: 'dir', path: '/more', shared: 0 });
  api.sandbox.reload();
  expect(await api.data('GET', '/storage/more')).toMatchObject({ path: '/more', shared: 0, content: 'images,rootdir' });
});
