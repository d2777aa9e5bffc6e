import { expect, it } from 'vitest';
import { decodePrecondition } from '../../src/pve/migration.ts';

const PATH = '/nodes/{node}/qemu/{vmid}/migrate';

it('R-38: takes the recorded answer of 9.2: volumes of storages that are not shared', () => {
  const volume = { is_unused: 0, shared: 0, replicate: 1, is_vmstate: 0, cdrom: 0, is_attached: 1 };
  const answer = {
    ...{ running: 0, 'mapped-resources': [], local_resources: [], 'mapped-resource-info': {} },
    ...{ not_allowed_nodes: {}, 'has-dbus-vmstate': 1, allowed_nodes: [] },
    local_disks: [
      { ...volume, size: 1073741824, volid: 'vmdata:196/vm-196-disk-0.raw', drivename: 'scsi8' },
      { ...volume, volid: 'local:iso/debian-13.iso', cdrom: 1 },
    ],
  };
  expect(decodePrecondition(PATH, answer)).toEqual({
    localVolumes: [
      { volid: 'vmdata:196/vm-196-disk-0.raw', cdrom: false },
      { volid: 'local:iso/debian-13.iso', cdrom: true },
    ],
    localDevices: [],
    fixedDevices: [],
    refusals: new Map(),
  });
});

it('R-38: of mapped devices, those are fixed that say nothing of live migration; all of them before 8.4', () => {
  const base = { running: 1, local_disks: [], local_resources: ['usb0'] };
  const info = { hostpci0: { name: 'gpu', 'live-migration': 1 }, usb1: { name: 'stick' } };
  const answer = { ...base, 'mapped-resources': ['hostpci0', 'usb1'] };
  expect(decodePrecondition(PATH, { ...answer, 'mapped-resource-info': info }).fixedDevices).toEqual(['usb1']);
  expect(decodePrecondition(PATH, answer)).toMatchObject({
    localDevices: ['usb0'],
    fixedDevices: ['hostpci0', 'usb1'],
  });
  expect(decodePrecondition(PATH, base).fixedDevices).toEqual([]);
});

it('R-38: says what a node lacks, and which HA resource is in the way', () => {
  const refused = {
    pve2: { unavailable_storages: ['local-zfs'] },
    pve3: { 'blocking-ha-resources': [{ sid: 'vm:102', cause: 'resource-affinity' }] },
  };
  const { refusals } = decodePrecondition(PATH, { local_disks: [], local_resources: [], not_allowed_nodes: refused });
  expect([...refusals]).toEqual([
    ['pve2', ['storage local-zfs']],
    ['pve3', ['HA resource vm:102 (resource-affinity)']],
  ]);
});
