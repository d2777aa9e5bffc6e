import { expect, it } from 'vitest';
import { FACT_VERSIONS } from '../../../../src/pve/facts/fact-versions.ts';
import { loadFacts } from '../../../../src/pve/facts/load-facts.ts';
import { actorOn } from './actor.ts';
import { memoryHost } from './memory-host.ts';

it.each([
  ['8.4', 'web;prod,Blue', 'creation-qemu=9.2.0'],
  ['9.2', 'blue;prod;web', 'creation-qemu=11.0.0'],
] as const)('a new guest of %s has the tags %s', async (version, tags, qemu) => {
  const actor = actorOn(memoryHost(await loadFacts(version)));
  await actor.act('POST', '', { vmid: 100, tags: 'web;prod,Blue' });
  const config = await actor.config(100);
  expect(config['tags']).toBe(tags);
  expect(config['meta']).toContain(qemu);
});

it('a NIC needs a bridge before 9', async () => {
  const older = actorOn(memoryHost(await loadFacts('8.4')));
  await expect(older.act('POST', '', { vmid: 100, net0: 'virtio' })).rejects.toThrow('no sdn vnet ID specified');
  const newer = actorOn(memoryHost(await loadFacts('9.2')));
  expect(await newer.act('POST', '', { vmid: 100, net0: 'virtio' })).toBe('OK');
});

it.each(FACT_VERSIONS)('a guest lives through snapshot, clone and removal on %s', async (version) => {
  const actor = actorOn(memoryHost(await loadFacts(version)));
  await actor.act('POST', '', { vmid: 100, scsi0: 'vmdata:1,format=qcow2' });
  expect(await actor.act('POST', '/100/snapshot', { snapname: 's1' })).toBe('OK');
  expect(await actor.act('POST', '/100/clone', { newid: 101 })).toBe('OK');
  expect(await actor.act('DELETE', '/100')).toBe('OK');
});

it('a disk is resized in a task since 8', async () => {
  const answers: unknown[] = [];
  for (const version of ['7.4', '8.4'] as const) {
    const host = memoryHost(await loadFacts(version));
    const actor = actorOn(host);
    await actor.act('POST', '', { vmid: 100, scsi0: 'vmdata:1' });
    answers.push(await actor.act('PUT', '/100/resize', { disk: 'scsi0', size: '+1G' }));
    expect((await actor.config(100))['scsi0']).toBe('vmdata:100/vm-100-disk-0.raw,size=2G');
  }
  expect(answers).toEqual([null, 'OK']);
});

it('generated addresses have a common beginning since 8', async () => {
  const nets: unknown[] = [];
  for (const version of ['7.4', '9.1'] as const) {
    const host = memoryHost(await loadFacts(version));
    delete host.datacenter['mac_prefix'];
    await actorOn(host).act('POST', '', { vmid: 100, net0: 'virtio,bridge=vmbr0' });
    nets.push((await actorOn(host).config(100))['net0']);
  }
  expect(nets).toEqual([expect.not.stringContaining('=BC:24:11'), expect.stringContaining('virtio=BC:24:11')]);
});
