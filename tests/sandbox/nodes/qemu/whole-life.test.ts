import { afterEach, expect, it } from 'vitest';
import { type Api, startApi } from '../../api.ts';

let api: Api | undefined;

afterEach(async () => {
  await api?.sandbox.close();
  api = undefined;
});

/** Starts a task and waits for its end. */
async function task(on: Api, method: string, path: string, params: object = {}): Promise<string> {
  const upid = String(await on.data(method, path, params));
  for (;;) {
    const node = upid.split(':')[1];
    const status = await on.data('GET', `/nodes/${node}/tasks/${encodeURIComponent(upid)}/status`);
    const { exitstatus } = status as { readonly exitstatus?: string };
    if (exitstatus !== undefined) return exitstatus;
  }
}

it('a template, a linked clone, a snapshot and a move to another node, over HTTPS', async () => {
  api = await startApi();
  const disks = { scsi0: 'ceph-pool:8', ide2: 'ceph-pool:cloudinit', net0: 'virtio,bridge=vmbr0' };
  expect(await task(api, 'POST', '/nodes/pve1/qemu', { vmid: 100, name: 'base', agent: '1', ...disks })).toBe('OK');
  expect(await task(api, 'POST', '/nodes/pve1/qemu/100/template')).toBe('OK');
  expect(await task(api, 'POST', '/nodes/pve1/qemu/100/clone', { newid: 101, name: 'one', target: 'pve2' })).toBe('OK');
  const guest = '/nodes/pve2/qemu/101';
  expect(await api.data('GET', `${guest}/config`)).toMatchObject({
    ...{ name: 'one', scsi0: 'ceph-pool:base-100-disk-0/vm-101-disk-0,size=8G' },
    ide2: 'ceph-pool:vm-101-cloudinit,media=cdrom,size=4M',
  });
  expect(await task(api, 'POST', `${guest}/snapshot`, { snapname: 's1' })).toBe('OK');
  expect(await task(api, 'POST', `${guest}/status/start`)).toBe('OK');
  expect(await api.data('GET', `${guest}/agent/get-host-name`)).toEqual({ result: { 'host-name': 'nixos' } });
  expect(await task(api, 'POST', `${guest}/migrate`, { target: 'pve3', online: 1 })).toBe('OK');
  const resources = await api.data('GET', '/cluster/resources', { type: 'vm' });
  expect(resources).toContainEqual(expect.objectContaining({ vmid: 101, node: 'pve3', status: 'running' }));
  expect(await api.data('GET', '/nodes/pve3/qemu/101/snapshot')).toMatchObject([{ name: 's1' }, { parent: 's1' }]);
  expect(await task(api, 'POST', '/nodes/pve3/qemu/101/status/stop')).toBe('OK');
  expect(await task(api, 'DELETE', '/nodes/pve1/qemu/100')).toContain('still in use by linked cloned');
});
