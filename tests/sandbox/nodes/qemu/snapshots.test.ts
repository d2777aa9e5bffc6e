import { beforeEach, describe, expect, it } from 'vitest';
import { loadFacts } from '../../../../src/pve/facts/load-facts.ts';
import type { StorageDefinition } from '../../../../src/sandbox/host.ts';
import { type Actor, actorOn } from './actor.ts';
import { type MemoryHost, memoryHost } from './memory-host.ts';

const facts = await loadFacts('9.2');
const ZFS: StorageDefinition = { id: 'tank', type: 'zfspool', content: ['images'], shared: false, options: {} };

let host: MemoryHost;
let actor: Actor;

beforeEach(async () => {
  host = memoryHost(facts, { storages: [ZFS] });
  actor = actorOn(host);
  await actor.act('POST', '', { vmid: 100, name: 'one', description: 'mine', scsi0: 'vmdata:1,format=qcow2' });
});

describe('a snapshot', () => {
  it('is a section of the config file, and the parent of what the guest is now', async () => {
    expect(await actor.act('POST', '/100/snapshot', { snapname: 's1', description: 'first' })).toBe('OK');
    const [main = '', section = ''] = host.file(100).split('[s1]\n');
    expect(main).toContain('parent: s1\n');
    expect(section).toMatch(/^#first\nboot: /);
    expect(section).toContain('snaptime: 1795000000\n');
    expect(section).not.toContain('mine');
  });

  it('is refused for raw files, for templates, and under a name that is taken or reserved', async () => {
    await actor.act('POST', '', { vmid: 101, scsi0: 'vmdata:1' });
    expect(await actor.act('POST', '/101/snapshot', { snapname: 's1' })).toBe('snapshot feature is not available');
    await actor.act('POST', '/101/template');
    expect(await actor.act('POST', '/101/snapshot', { snapname: 's1' })).toBe(
      "you can't take a snapshot if it's a template",
    );
    await actor.act('POST', '/100/snapshot', { snapname: 's1' });
    expect(await actor.act('POST', '/100/snapshot', { snapname: 's1' })).toBe("snapshot name 's1' already used");
    await expect(actor.act('POST', '/100/snapshot', { snapname: 'current' })).rejects.toThrow('reserved name');
  });

  it('keeps the memory of a running guest on a volume that goes with the snapshot', async () => {
    await actor.act('POST', '/100/status/start');
    await actor.act('POST', '/100/snapshot', { snapname: 's1', vmstate: 1 });
    const state = await actor.config(100, { snapshot: 's1' });
    expect(state).toMatchObject({ vmstate: 'vmdata:100/vm-100-state-s1.raw', runningmachine: 'pc-i440fx-11.0+pve0' });
    await actor.act('POST', '/100/status/stop');
    await actor.act('POST', '/100/snapshot/s1/rollback');
    expect(await actor.act('GET', '/100/status/current')).toMatchObject({ status: 'running' });
    expect(await actor.config(100)).not.toHaveProperty('runningmachine');
    await actor.act('DELETE', '/100/snapshot/s1');
    expect(host.volumes.find('vmdata:100/vm-100-state-s1.raw', 'pve1')).toBeUndefined();
  });

  it('hands its children to its parent when it is deleted', async () => {
    for (const snapname of ['s1', 's2', 's3']) await actor.act('POST', '/100/snapshot', { snapname });
    await actor.act('DELETE', '/100/snapshot/s2');
    expect(await actor.act('GET', '/100/snapshot')).toMatchObject([
      { name: 's1' },
      { name: 's3', parent: 's1' },
      { name: 'current', parent: 's3', description: 'You are here!', running: 0 },
    ]);
  });

  it('holds its disks: one that the guest gave up cannot be destroyed, and is unused once the snapshot goes', async () => {
    await actor.act('POST', '/100/snapshot', { snapname: 's1' });
    await actor.act('PUT', '/100/config', { delete: 'scsi0' });
    await expect(actor.act('PUT', '/100/config', { delete: 'unused0' })).rejects.toThrow('volume is still in use');
    await actor.act('DELETE', '/100/snapshot/s1');
    await actor.act('PUT', '/100/config', { delete: 'unused0' });
    expect(host.volumes.list('vmdata', 'pve1')).toEqual([]);
  });
});

describe('a rollback', () => {
  it('brings back every key but the description, and makes disks unused that came later', async () => {
    await actor.act('POST', '/100/snapshot', { snapname: 's1' });
    const { vmgenid } = await actor.config(100);
    await actor.act('PUT', '/100/config', { name: 'two', description: 'new', scsi1: 'vmdata:1' });
    await actor.act('PUT', '/100/resize', { disk: 'scsi0', size: '+1G' });
    expect(await actor.act('POST', '/100/snapshot/s1/rollback')).toBe('OK');
    const now = await actor.config(100);
    expect(now).toMatchObject({
      ...{ name: 'one', description: 'new', parent: 's1', unused0: 'vmdata:100/vm-100-disk-1.raw' },
      scsi0: 'vmdata:100/vm-100-disk-0.qcow2,size=1G',
    });
    expect(now).not.toHaveProperty('scsi1');
    expect(now['vmgenid']).not.toBe(vmgenid);
    expect(host.volumes.find('vmdata:100/vm-100-disk-0.qcow2', 'pve1')?.size).toBe(2 ** 30);
  });

  it('stops a running guest, drops what is pending, and starts the guest again when asked to', async () => {
    await actor.act('POST', '/100/snapshot', { snapname: 's1' });
    await actor.act('POST', '/100/status/start');
    await actor.act('PUT', '/100/config', { memory: '1024' });
    await actor.act('POST', '/100/snapshot/s1/rollback');
    expect(await actor.act('GET', '/100/status/current')).toMatchObject({ status: 'stopped' });
    expect(host.file(100)).not.toContain('memory');
    await actor.act('POST', '/100/snapshot/s1/rollback', { start: 1 });
    expect(await actor.act('GET', '/100/status/current')).toMatchObject({ status: 'running' });
  });

  it('goes back no further than the newest snapshot on ZFS', async () => {
    await actor.act('POST', '', { vmid: 101, scsi0: 'tank:1' });
    for (const snapname of ['s1', 's2']) await actor.act('POST', '/101/snapshot', { snapname });
    expect(await actor.act('POST', '/101/snapshot/s1/rollback')).toBe(
      "can't rollback, 's1' is not most recent snapshot on 'tank:vm-101-disk-0'",
    );
    expect(await actor.act('POST', '/101/snapshot/s2/rollback')).toBe('OK');
  });
});

it('destroying a guest frees the memory that its snapshots hold', async () => {
  await actor.act('POST', '/100/status/start');
  await actor.act('POST', '/100/snapshot', { snapname: 's1', vmstate: 1 });
  await actor.act('POST', '/100/status/stop');
  expect(await actor.act('DELETE', '/100')).toBe('OK');
  expect(host.volumes.list('vmdata', 'pve1')).toEqual([]);
});

it('a guest that is suspended to disk is started where it is resumed', async () => {
  await actor.act('POST', '/100/status/start');
  await actor.act('POST', '/100/status/suspend', { todisk: 1 });
  expect(await actor.act('POST', '/100/status/resume')).toBe('OK');
  expect(await actor.config(100)).not.toHaveProperty('lock');
  expect(host.guests.startedAt(100)).toBeDefined();
});

it('suspending to disk keeps the memory until the next start', async () => {
  await actor.act('POST', '/100/status/start');
  expect(await actor.act('POST', '/100/status/suspend', { todisk: 1 })).toBe('OK');
  const { vmstate, lock } = await actor.config(100);
  expect({ vmstate, lock }).toEqual({ vmstate: 'vmdata:100/vm-100-state-suspend-2026-11-18.raw', lock: 'suspended' });
  await actor.act('POST', '/100/status/start');
  expect(host.volumes.find(String(vmstate), 'pve1')).toBeUndefined();
  expect(await actor.config(100)).not.toHaveProperty('lock');
});
