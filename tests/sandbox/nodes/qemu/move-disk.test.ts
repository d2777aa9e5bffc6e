import { beforeEach, describe, expect, it } from 'vitest';
import { loadFacts } from '../../../../src/pve/facts/load-facts.ts';
import { type Actor, actorOn } from './actor.ts';
import { type MemoryHost, memoryHost } from './memory-host.ts';

const facts = await loadFacts('9.2');

let host: MemoryHost;
let actor: Actor;

beforeEach(async () => {
  const thin = { id: 'thin', type: 'lvmthin', content: ['images'], shared: false, options: {} } as const;
  host = memoryHost(facts, { nodes: ['pve2'], storages: [thin] });
  actor = actorOn(host);
  await actor.act('POST', '', { vmid: 100, scsi0: 'vmdata:1,format=qcow2,ssd=1', ide2: 'none,media=cdrom' });
});

describe('moving a disk to another storage', () => {
  it('keeps its options, and the source as an unused disk unless that is to be deleted', async () => {
    expect(await actor.act('POST', '/100/move_disk', { disk: 'scsi0', storage: 'thin' })).toBe('OK');
    const moved = await actor.config(100);
    expect(moved).toMatchObject({
      ...{ scsi0: 'thin:vm-100-disk-0,size=1G,ssd=1', unused0: 'vmdata:100/vm-100-disk-0.qcow2' },
    });
    await actor.act('POST', '/100/move_disk', { disk: 'scsi0', storage: 'vmdata', delete: 1 });
    expect((await actor.config(100))['scsi0']).toBe('vmdata:100/vm-100-disk-1.raw,size=1G,ssd=1');
    expect(host.volumes.find('thin:vm-100-disk-0', 'pve1')).toBeUndefined();
  });

  it.each([
    ['scsi0', { storage: 'vmdata' }, "you can't move to the same storage with same format"],
    ['ide2', { storage: 'thin' }, "disk 'ide2' has no associated volume"],
    ['scsi9', { storage: 'thin' }, "disk 'scsi9' does not exist"],
    ['scsi0', { storage: 'thin', digest: 'f'.repeat(40) }, 'detected modified configuration'],
    ['scsi0', { storage: 'none' }, "storage 'none' does not exist"],
  ])('is refused at once: %s %j', async (disk, params, message) => {
    await expect(actor.act('POST', '/100/move_disk', { disk, ...params })).rejects.toThrow(message);
  });

  it('does not delete a source that a snapshot has', async () => {
    await actor.act('POST', '/100/snapshot', { snapname: 's1' });
    await expect(actor.act('POST', '/100/move_disk', { disk: 'scsi0', storage: 'thin', delete: 1 })).rejects.toThrow(
      "you can't move a disk with snapshots and delete the source",
    );
    expect(await actor.act('POST', '/100/move_disk', { disk: 'scsi0', storage: 'thin' })).toBe('OK');
  });
});

describe('giving a disk to another guest', () => {
  beforeEach(() => actor.act('POST', '', { vmid: 101, scsi0: 'vmdata:1' }));

  it('renames its volume, and takes it out of the boot order', async () => {
    const params = { disk: 'scsi0', 'target-vmid': 101, 'target-disk': 'virtio3' };
    expect(await actor.act('POST', '/100/move_disk', params)).toBe('OK');
    expect(await actor.config(101)).toMatchObject({ virtio3: 'vmdata:101/vm-101-disk-1.qcow2,size=1G,ssd=1' });
    const source = await actor.config(100);
    expect(source).not.toHaveProperty('scsi0');
    expect(source['boot']).toBe('order=ide2');
  });

  it('gives an unused one as an unused one', async () => {
    await actor.act('PUT', '/100/config', { delete: 'scsi0' });
    await actor.act('POST', '/100/move_disk', { disk: 'unused0', 'target-vmid': 101 });
    expect(await actor.config(101)).toMatchObject({ unused0: 'vmdata:101/vm-101-disk-1.qcow2' });
    expect(await actor.config(100)).not.toHaveProperty('unused0');
  });

  it.each([
    [{}, "Target disk key 'scsi0' is already in use for VM '101'"],
    [{ 'target-vmid': 999 }, 'could not find target VM 999'],
    [{ disk: 'scsi4', 'target-disk': 'scsi5' }, "Disk 'scsi4' for VM '100' does not exist"],
    [{ 'target-disk': 'scsi5', 'target-digest': 'f'.repeat(40) }, 'VM 101: detected modified configuration'],
  ])('is refused at once: %j', async (params, message) => {
    const call = actor.act('POST', '/100/move_disk', { disk: 'scsi0', 'target-vmid': 101, ...params });
    await expect(call).rejects.toThrow(message);
  });

  it('is refused while the source runs', async () => {
    await actor.act('POST', '/100/status/start');
    const call = actor.act('POST', '/100/move_disk', { disk: 'scsi0', 'target-vmid': 101, 'target-disk': 'scsi5' });
    await expect(call).rejects.toThrow('while the source VM is running - detach first');
  });
});

it('needs either a storage or a guest to go to', async () => {
  await expect(actor.act('POST', '/100/move_disk', { disk: 'scsi0' })).rejects.toMatchObject({
    status: 400,
    errors: { storage: "both 'storage' and 'target-vmid' missing, either needs to be set" },
  });
});
