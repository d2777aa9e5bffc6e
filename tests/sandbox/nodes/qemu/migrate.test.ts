import { beforeEach, expect, it } from 'vitest';
import { loadFacts } from '../../../../src/pve/facts/load-facts.ts';
import { type Actor, actorOn } from './actor.ts';
import { type MemoryHost, memoryHost } from './memory-host.ts';

const facts = await loadFacts('9.2');

let host: MemoryHost;
let actor: Actor;

beforeEach(() => {
  const ceph = { id: 'ceph', type: 'rbd', content: ['images'], shared: true, options: {} } as const;
  const thin = { id: 'thin', type: 'lvmthin', content: ['images'], shared: false, options: {} } as const;
  host = memoryHost(facts, { nodes: ['pve2'], storages: [ceph, { ...thin, nodes: ['pve2'] }] });
  actor = actorOn(host);
});

const disks = (node: string) => host.volumes.list('vmdata', node).map(({ volid }) => volid);

it('a running guest on shared storage goes on running on the other node', async () => {
  await actor.act('POST', '', { vmid: 100, scsi0: 'ceph:1' });
  await actor.act('POST', '/100/status/start');
  await expect(actor.act('POST', '/100/migrate', { target: 'pve2' })).rejects.toThrow(
    "can't migrate running VM without --online",
  );
  expect(await actor.act('POST', '/100/migrate', { target: 'pve2', online: 1 })).toBe('OK');
  expect(host.guests.get(100)?.node).toBe('pve2');
  expect(host.guests.startedAt(100)).toBeDefined();
  await expect(actor.config(100)).rejects.toThrow("'nodes/pve1/qemu-server/100.conf' does not exist");
});

it('a stopped guest takes its local disks along', async () => {
  await actor.act('POST', '', { vmid: 100, scsi0: 'vmdata:1,format=qcow2' });
  await actor.act('POST', '/100/snapshot', { snapname: 's1' });
  expect(await actor.act('POST', '/100/migrate', { target: 'pve2' })).toBe('OK');
  expect([disks('pve1'), disks('pve2')]).toEqual([[], ['vmdata:100/vm-100-disk-0.qcow2']]);
});

it('a running guest takes local disks along only when asked to, and never those with snapshots', async () => {
  await actor.act('POST', '', { vmid: 100, scsi0: 'vmdata:1,format=qcow2' });
  await actor.act('POST', '/100/status/start');
  const log = await actor.log('POST', '/100/migrate', { target: 'pve2', online: 1 });
  expect(log.join('\n')).toContain(
    "can't migrate local disk 'vmdata:100/vm-100-disk-0.qcow2': can't live migrate attached local disks",
  );
  expect(host.guests.get(100)?.node).toBe('pve1');
  const params = { target: 'pve2', online: 1, 'with-local-disks': 1 };
  await actor.act('POST', '/100/snapshot', { snapname: 's1' });
  expect(await actor.act('POST', '/100/migrate', params)).toBe('migration aborted');
  await actor.act('DELETE', '/100/snapshot/s1');
  expect(await actor.act('POST', '/100/migrate', params)).toBe('OK');
});

it('volumes go to another storage by a map, in the config too', async () => {
  await actor.act('POST', '', { vmid: 100, scsi0: 'vmdata:1' });
  expect(await actor.act('POST', '/100/migrate', { target: 'pve2', targetstorage: 'vmdata:thin' })).toBe('OK');
  expect(await actorOn(host, 'pve2').config(100)).toMatchObject({ scsi0: 'thin:vm-100-disk-0,size=1G' });
});

it('a local ISO image, an unknown node and the own node are refused', async () => {
  await actor.act('POST', '', { vmid: 100, ide2: 'local:iso/debian-12.iso,media=cdrom' });
  expect(await actor.act('POST', '/100/migrate', { target: 'pve2' })).toBe('migration aborted');
  await expect(actor.act('POST', '/100/migrate', { target: 'pve9' })).rejects.toThrow("no such cluster node 'pve9'");
  await expect(actor.act('POST', '/100/migrate', { target: 'pve1' })).rejects.toMatchObject({
    errors: { target: 'target is local node.' },
  });
});

it('the precondition tells local disks, and nodes that lack a storage', async () => {
  await actor.act('POST', '', { vmid: 100, scsi0: 'vmdata:1', scsi1: 'ceph:1' });
  expect(await actor.act('GET', '/100/migrate')).toMatchObject({
    ...{ running: 0, allowed_nodes: ['pve2'], not_allowed_nodes: {}, 'has-dbus-vmstate': 1 },
    local_disks: [{ volid: 'vmdata:100/vm-100-disk-0.raw', drivename: 'scsi0', size: 2 ** 30, is_attached: 1 }],
  });
  const there = actorOn(host, 'pve2');
  await there.act('POST', '', { vmid: 101, scsi0: 'thin:1' });
  expect(await there.act('GET', '/101/migrate')).toMatchObject({
    ...{ allowed_nodes: [], not_allowed_nodes: { pve1: { unavailable_storages: ['thin'] } } },
  });
});

it('under HA it is the HA manager that moves the guest, by a task of its own', async () => {
  await actor.act('POST', '', { vmid: 100, scsi0: 'ceph:1' });
  host.ha.set('vm:100', { sid: 'vm:100', type: 'vm', options: { state: 'stopped' } });
  const log = await actor.log('POST', '/100/migrate', { target: 'pve2' });
  expect(log).toEqual(['Requesting HA migration for VM 100 to node pve2']);
  expect(host.tasks.list().map(({ type, user }) => [type, user])).toContainEqual(['qmigrate', 'root@pam']);
  expect(host.guests.get(100)?.node).toBe('pve2');
});
