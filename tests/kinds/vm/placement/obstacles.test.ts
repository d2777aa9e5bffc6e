import { expect, it } from 'vitest';
import { localDisks, type MoveFacts, obstaclesOf } from '../../../../src/kinds/vm/placement/obstacles.ts';
import type { NodeStorage } from '../../../../src/pve/cluster-rows.ts';

const storage = (name: string, type = 'lvmthin'): NodeStorage => ({
  ...{ storage: name, type, content: ['images'], active: true, enabled: true, shared: false, avail: 0, total: 0 },
});
const NOTHING = { localVolumes: [], localDevices: [], fixedDevices: [], refusals: new Map() };

function factsOf(more: Partial<MoveFacts>): MoveFacts {
  return {
    ...{ vmid: 100, from: 'pve1', to: 'pve2', running: false, underHa: false, snapshots: [] },
    texts: new Map([
      ['scsi0', 'thin:vm-100-disk-0,size=8G'],
      ['ide2', 'none,media=cdrom'],
      ['net0', 'virtio=BC:24:11:00:00:01,bridge=vmbr0'],
    ]),
    precondition: NOTHING,
    storages: { here: [storage('thin')], there: [storage('thin')] },
    bridges: { here: ['vmbr0'], there: ['vmbr0'] },
    storageMap: new Map(),
    ...more,
  };
}

const summaries = (more: Partial<MoveFacts>): readonly string[] =>
  obstaclesOf(factsOf(more)).map(({ summary }) => summary);
const volume = (volid: string, cdrom = false): Partial<MoveFacts> => ({
  precondition: { ...NOTHING, localVolumes: [{ volid, cdrom }] },
});

it('R-38: nothing is in the way of a guest whose storages and bridges are on both nodes', () => {
  expect(summaries({})).toEqual([]);
  expect(summaries(volume('thin:vm-100-disk-0'))).toEqual([]);
});

it('R-38: a bridge that the new node lacks is, and one that the token may not see on either is not', () => {
  expect(summaries({ bridges: { here: ['vmbr0'], there: [] } })).toEqual(['the new node lacks a bridge']);
  expect(summaries({ bridges: { here: [], there: [] } })).toEqual([]);
});

it('R-38: so is a storage, unless the document writes another one, and HA keeps the storages', () => {
  const storages = { here: [storage('thin')], there: [storage('other')] };
  const storageMap = new Map([['thin', 'other']]);
  expect(summaries({ storages })).toEqual(['the new node lacks a storage']);
  expect(summaries({ storages, storageMap })).toEqual([]);
  expect(summaries({ storages, storageMap, underHa: true })).toEqual(['the new node lacks a storage']);
});

it('R-38: a stopped guest’s ZFS volumes go to ZFS alone; while it runs, QEMU copies them anywhere', () => {
  const storages = { here: [storage('thin')], there: [storage('tank', 'zfspool')] };
  const storageMap = new Map([['thin', 'tank']]);
  expect(summaries({ storages, storageMap })).toEqual(['the storages do not fit each other']);
  expect(summaries({ storages, storageMap, running: true })).toEqual([]);
});

it('R-38: devices of the node are, mapped ones only while it runs; HA forces a stopped guest', () => {
  const local = { precondition: { ...NOTHING, localDevices: ['hostpci0'] } };
  const mapped = { precondition: { ...NOTHING, fixedDevices: ['usb0'] } };
  const device = ['a device of the node cannot be taken along'];
  expect([summaries(local), summaries({ ...local, running: true, underHa: true })]).toEqual([device, device]);
  expect(summaries({ ...local, underHa: true })).toEqual([]);
  expect([summaries(mapped), summaries({ ...mapped, running: true })]).toEqual([[], device]);
});

it('R-38: media, linked clones and volumes of others on a storage of the node are; what cloud-init reads is not', () => {
  expect(summaries(volume('local:iso/a.iso', true))).toEqual(['a medium is on the node alone']);
  expect(summaries(volume('thin:base-9000-disk-0/vm-100-disk-0'))).toEqual(['a linked clone cannot leave its node']);
  expect(summaries(volume('thin:vm-195-disk-0'))).toEqual(['a volume of another guest cannot be taken along']);
  expect(summaries(volume('thin:vm-100-cloudinit', true))).toEqual([]);
});

it('R-38: snapshots are, but for a stopped guest on storages that send them', () => {
  const snapshots = ['s1'];
  const qcow2 = volume('dir:100/vm-100-disk-0.qcow2');
  expect(summaries({ ...volume('thin:vm-100-disk-0'), snapshots })).toEqual(['snapshots cannot be taken along']);
  expect(summaries({ ...qcow2, snapshots })).toEqual([]);
  expect(summaries({ ...qcow2, snapshots, running: true })).toEqual(['snapshots cannot be taken along']);
});

it('R-38: what Proxmox VE says itself is passed on, where it was not found out before', () => {
  const refused = (reason: string): Partial<MoveFacts> => ({
    precondition: { ...NOTHING, refusals: new Map([['pve2', [reason]]]) },
  });
  const [obstacle] = obstaclesOf(factsOf(refused('HA resource vm:102 (resource-affinity)')));
  expect(obstacle?.detail).toBe(
    'Proxmox VE says that guest 100 cannot go to pve2: HA resource vm:102 (resource-affinity).',
  );
  const storages = { here: [storage('thin')], there: [] };
  expect(summaries({ ...refused('storage thin'), storages })).toEqual(['the new node lacks a storage']);
});

it('R-38: a guest that is suspended to disk stays; any other lock is waited for when the plan is carried out', () => {
  const locked = (lock: string): readonly string[] => summaries({ texts: new Map([['lock', lock]]) });
  expect([locked('suspended'), locked('backup')]).toEqual([['the guest is suspended to disk'], []]);
});

it('R-38: local disks are those that are attached: no media, nothing unused', () => {
  const texts = new Map([
    ['scsi0', 'thin:vm-100-disk-0,size=8G'],
    ['efidisk0', 'thin:vm-100-disk-1,size=4M'],
    ['ide2', 'thin:vm-100-cloudinit,media=cdrom'],
    ['unused0', 'thin:vm-100-disk-2'],
  ]);
  const localVolumes = ['disk-0', 'disk-1', 'cloudinit', 'disk-2'].map((name) => ({
    ...{ volid: `thin:vm-100-${name}`, cdrom: false },
  }));
  expect(localDisks({ texts, precondition: { ...NOTHING, localVolumes } })).toEqual(['scsi0', 'efidisk0']);
});
