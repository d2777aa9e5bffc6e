import { beforeEach, describe, expect, it } from 'vitest';
import { loadFacts } from '../../../../src/pve/facts/load-facts.ts';
import type { StorageDefinition } from '../../../../src/sandbox/host.ts';
import { type Actor, actorOn } from './actor.ts';
import { type MemoryHost, memoryHost } from './memory-host.ts';

const facts = await loadFacts('9.2');
const storage = (id: string, type: StorageDefinition['type'], shared: boolean): StorageDefinition => {
  return { id, type, content: ['images'], shared, options: {} };
};

let host: MemoryHost;
let actor: Actor;

beforeEach(async () => {
  const storages = [storage('thin', 'lvmthin', false), storage('ceph', 'rbd', true)];
  host = memoryHost(facts, { nodes: ['pve2'], storages });
  actor = actorOn(host);
  const disks = { scsi0: 'vmdata:1,format=qcow2', ide2: 'vmdata:cloudinit' };
  await actor.act('POST', '', { vmid: 100, name: 'one', net0: 'virtio,bridge=vmbr0', tags: 'b;a', ...disks });
});

describe('a full clone', () => {
  it('has every key, but a MAC, ids and a name of its own, and copies of the disks', async () => {
    await actor.act('PUT', '/100/config', { description: 'mine', serial0: 'socket' });
    expect(await actor.act('POST', '/100/clone', { newid: 101, full: 1 })).toBe('OK');
    const [source, clone] = [await actor.config(100), await actor.config(101)];
    expect(clone).toMatchObject({
      ...{ name: 'Copy-of-VM-one', description: 'mine', serial0: 'socket', tags: 'a;b', meta: source['meta'] },
      scsi0: 'vmdata:101/vm-101-disk-0.qcow2,size=1G',
      ide2: 'vmdata:101/vm-101-cloudinit.qcow2,media=cdrom,size=4M',
    });
    for (const key of ['net0', 'smbios1', 'vmgenid']) expect(clone[key]).not.toBe(source[key]);
    expect(clone).not.toHaveProperty('lock');
  });

  it('goes to another storage, and takes its format there', async () => {
    expect(await actor.act('POST', '/100/clone', { newid: 101, storage: 'thin' })).toBe('OK');
    expect(await actor.config(101)).toMatchObject({ scsi0: 'thin:vm-101-disk-0,size=1G' });
  });

  it('takes the id at once, with a lock', async () => {
    const before = actor.act('POST', '/100/clone', { newid: 101 });
    expect(host.guests.get(101)?.config.current).toEqual({ lock: 'clone' });
    await before;
    await expect(actor.act('POST', '/100/clone', { newid: 101 })).rejects.toThrow(
      'unable to create VM 101: config file already exists',
    );
  });

  it('goes to another node only where all storages are shared', async () => {
    await expect(actor.act('POST', '/100/clone', { newid: 101, target: 'pve2' })).rejects.toThrow(
      "can't clone VM to node 'pve2' (VM uses local storage)",
    );
    await actor.act('POST', '', { vmid: 102, scsi0: 'ceph:1' });
    expect(await actor.act('POST', '/102/clone', { newid: 103, target: 'pve2' })).toBe('OK');
    expect(host.guests.get(103)?.node).toBe('pve2');
  });

  it('leaves nothing behind where it fails', async () => {
    await actor.act('POST', '', { vmid: 104, scsi0: 'vmdata:1', scsi1: 'vmdata:1' });
    const started = actor.act('POST', '/104/clone', { newid: 105 });
    host.volumes.free('vmdata:104/vm-104-disk-1.raw', 'pve1');
    expect(await started).toBe("clone failed: volume 'vmdata:104/vm-104-disk-1.raw' does not exist");
    expect(host.guests.get(105)).toBeUndefined();
    expect(host.volumes.list('vmdata', 'pve1').filter(({ vmid }) => vmid === 105)).toEqual([]);
  });

  it('of a snapshot has what the guest was then', async () => {
    await actor.act('POST', '/100/snapshot', { snapname: 's1' });
    await actor.act('PUT', '/100/config', { name: 'two', cores: 4 });
    await actor.act('POST', '/100/clone', { newid: 101, snapname: 's1', full: 1 });
    const clone = await actor.config(101);
    expect(clone['name']).toBe('Copy-of-VM-one');
    for (const key of ['cores', 'parent', 'snaptime']) expect(clone).not.toHaveProperty(key);
    await expect(actor.act('POST', '/100/clone', { newid: 102, snapname: 'no' })).rejects.toThrow(
      "snapshot 'no' does not exist",
    );
  });
});

describe('a template', () => {
  it('has base images, and is cloned by linking to them', async () => {
    expect(await actor.act('POST', '/100/template')).toBe('OK');
    expect(await actor.config(100)).toMatchObject({ template: 1, scsi0: 'vmdata:100/base-100-disk-0.qcow2,size=1G' });
    await actor.act('POST', '/100/clone', { newid: 101 });
    const clone = await actor.config(101);
    expect(clone['scsi0']).toBe('vmdata:100/base-100-disk-0.qcow2/101/vm-101-disk-0.qcow2,size=1G');
    expect(clone).not.toHaveProperty('template');
    expect(await actor.act('DELETE', '/100')).toBe(
      "base volume 'vmdata:100/base-100-disk-0.qcow2' is still in use by linked cloned",
    );
    await actor.act('DELETE', '/101');
    expect(await actor.act('DELETE', '/100')).toBe('OK');
  });

  it.each([
    ['ceph', 'ceph:base-102-disk-0/vm-103-disk-0,size=1G'],
    ['thin', 'thin:vm-103-disk-0,size=1G'],
  ])('on %s has clones named as that type of storage does', async (id, volume) => {
    await actor.act('POST', '', { vmid: 102, scsi0: `${id}:1` });
    await actor.act('POST', '/102/template');
    await actor.act('POST', '/102/clone', { newid: 103 });
    expect((await actor.config(103))['scsi0']).toBe(volume);
  });

  it('is not started, not made of a guest that runs or has snapshots, and not cloned elsewhere by a link', async () => {
    await actor.act('POST', '/100/status/start');
    await expect(actor.act('POST', '/100/template')).rejects.toThrow('if VM is running');
    await actor.act('POST', '/100/status/stop');
    await actor.act('POST', '/100/snapshot', { snapname: 's1' });
    await expect(actor.act('POST', '/100/template')).rejects.toThrow('because VM contains snapshots');
    await actor.act('DELETE', '/100/snapshot/s1');
    await actor.act('POST', '/100/template');
    await expect(actor.act('POST', '/100/template')).rejects.toThrow("can't convert a template to a template");
    expect(await actor.act('POST', '/100/status/start')).toBe("you can't start a vm if it's a template");
    await expect(actor.act('POST', '/100/clone', { newid: 101, storage: 'thin' })).rejects.toThrow(
      "parameter 'storage' not allowed for linked clones",
    );
  });
});

it('tells which features the disks have', async () => {
  const feature = (name: string) => actor.act('GET', '/100/feature', { feature: name });
  expect(await feature('snapshot')).toEqual({ hasFeature: 1, nodes: ['pve1'] });
  expect(await feature('clone')).toEqual({ hasFeature: 0, nodes: ['pve1'] });
  await actor.act('POST', '', { vmid: 102, scsi0: 'ceph:1' });
  expect(await actor.act('GET', '/102/feature', { feature: 'copy' })).toEqual({
    hasFeature: 1,
    nodes: ['pve1', 'pve2'],
  });
});
