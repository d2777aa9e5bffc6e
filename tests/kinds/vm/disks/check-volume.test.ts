import { expect, it } from 'vitest';
import { checkVm } from '../../../../src/kinds/vm/check.ts';
import { loadOne } from '../../../spec/load-text.ts';

/** What the rules say of a document's disks, each finding with its pointer and its whole text. */
async function findings(body: string, project?: string): Promise<readonly string[]> {
  const resource = await loadOne(`kind: vm\nname: x\n${body}\n`, project);
  return checkVm(resource).map(({ pointer, summary, detail }) => `${pointer} ${summary}: ${detail}`);
}

it('a volume that is attached excludes what says how to make one', async () => {
  const volume = 'volume: "ceph-pool:vm-100-disk-3"';
  expect(await findings(`disks: { scsi0: {}, scsi1: { ${volume} } }`)).toEqual([]);
  for (const [name, value] of [
    ['storage', 'local-lvm'],
    ['size', '4GiB'],
    ['format', 'raw'],
  ]) {
    const found = await findings(`disks: { scsi0: {}, scsi1: { ${volume}, ${name}: ${value} } }`);
    expect(found).toEqual([
      `/disks/scsi1/${name} volume excludes this: disks.scsi1.volume attaches ceph-pool:vm-100-disk-3, which is there already, and disks.scsi1.${name} says how a new disk is to be. Remove one of them; once the volume is attached, the disk can be grown or moved by a document that leaves volume out.`,
    ]);
  }
});

it('what a project file says of all new disks is nothing to a disk that is attached', async () => {
  const project = 'kind: project\ndefaults:\n  vm: { disks: { "*": { storage: local-lvm, size: 4GiB } } }\n';
  expect(await findings('disks: { scsi0: {}, scsi1: { volume: "ceph-pool:vm-100-disk-3" } }', project)).toEqual([]);
});

it('the built-in storage, size and format are not filled in beside a volume', async () => {
  const resource = await loadOne('kind: vm\nname: x\ndisks: { scsi1: { volume: "ceph-pool:vm-100-disk-3" } }\n');
  const { disks } = resource.spec as { disks: { scsi1: object } };
  expect(Object.keys(disks.scsi1).sort()).toEqual(['backup', 'iothread', 'ssd', 'volume']);
});

it('one volume is attached once', async () => {
  const volume = '{ volume: "ceph-pool:vm-100-disk-3" }';
  expect(await findings(`disks: { scsi1: ${volume}, virtio1: ${volume} }`)).toEqual([
    '/disks/virtio1/volume volume attached twice: disks.virtio1 and disks.scsi1 both attach ceph-pool:vm-100-disk-3. Two disks on one volume destroy what is on it: remove one of them.',
  ]);
});
