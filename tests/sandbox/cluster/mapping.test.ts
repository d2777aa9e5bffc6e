import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type Api, startApi } from '../api.ts';

let api: Api;
beforeEach(async () => {
  api = await startApi();
});
afterEach(() => api.sandbox.close());

it('keeps mappings as Proxmox VE writes them, one line for each device', async () => {
  const map = ['node=pve1,path=0000:01:00.0,id=8086:10c9', 'node=pve2,path=0000:02:00.0,id=8086:10c9'];
  await api.data('POST', '/cluster/mapping/pci', { id: 'gpu', map, mdev: 1 });
  expect(readFileSync(join(api.sandbox.directory, 'mapping/pci.cfg'), 'utf8')).toBe(
    `gpu\n\tmap ${map[0]}\n\tmap ${map[1]}\n\tmdev 1\n\n`,
  );
  expect(await api.data('GET', '/cluster/mapping/pci', { 'check-node': 'pve3' })).toMatchObject([
    { id: 'gpu', type: 'pci', map, mdev: 1, checks: [{ severity: 'warning' }] },
  ]);
  expect(await api.data('GET', '/cluster/mapping/pci/gpu')).not.toHaveProperty('id');
});

it('replaces the whole map, and refuses an old digest', async () => {
  await api.data('POST', '/cluster/mapping/dir', { id: 'd1', map: ['node=pve1,path=/tmp'] });
  const { digest } = (await api.data('GET', '/cluster/mapping/dir/d1')) as { digest: string };
  expect(digest).toBe('753dc7f4fc44d46b9698482934ef4f55dba24300');
  await api.data('PUT', '/cluster/mapping/dir/d1', { map: ['node=pve2,path=/srv'], digest });
  expect(await api.data('GET', '/cluster/mapping/dir/d1')).toMatchObject({ map: ['node=pve2,path=/srv'] });
  expect((await api.call('PUT', '/cluster/mapping/dir/d1', { description: 'x', digest })).status).toBe(500);
  expect(await api.data('DELETE', '/cluster/mapping/dir/d1')).toBeNull();
  expect(await api.data('DELETE', '/cluster/mapping/dir/d1')).toBeNull();
});
