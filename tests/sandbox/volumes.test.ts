import { expect, it } from 'vitest';
import { GIB, KIB, MIB } from '../../src/core/units.ts';
import { createVolumes } from '../../src/sandbox/volumes.ts';
import { smallWorld } from '../../src/sandbox/worlds/small.ts';

const volumes = () => {
  const { storages, capacities } = smallWorld;
  const images = {
    id: 'images',
    type: 'dir',
    path: '/images',
    content: ['images'],
    shared: false,
    options: {},
  } as const;
  return createVolumes({
    storages: [...storages, images],
    capacities,
    saved: [],
    now: () => 5000,
    onChange: () => undefined,
  });
};

it.each([
  ['local-lvm', undefined, 'local-lvm:vm-100-disk-0', 4 * MIB],
  ['ceph-pool', undefined, 'ceph-pool:vm-100-disk-0', MIB],
  ['images', undefined, 'images:100/vm-100-disk-0.raw', 528 * KIB],
  ['images', 'qcow2', 'images:100/vm-100-disk-0.qcow2', 528 * KIB],
])('names and rounds volumes on %s (%s) as that type of storage does', (storage, format, volid, size) => {
  const request = { storage, node: 'pve1', vmid: 100, size: 528 * KIB };
  const volume = volumes().allocate(format === undefined ? request : { ...request, format });
  expect(volume).toMatchObject({ volid, size, vmid: 100, content: 'images', ctime: 5 });
});

it('takes the lowest free number, across formats and names of the guest', () => {
  const store = volumes();
  const request = { storage: 'images', node: 'pve1', vmid: 100, size: GIB };
  const first = store.allocate(request);
  expect(store.allocate({ ...request, format: 'qcow2' }).volid).toBe('images:100/vm-100-disk-1.qcow2');
  store.free(first.volid, 'pve1');
  expect(store.allocate({ ...request, format: 'qcow2' }).volid).toBe('images:100/vm-100-disk-0.qcow2');
});

it('keeps the volumes of a local storage to their node, and shows those of a shared one everywhere', () => {
  const store = volumes();
  const local = store.allocate({ storage: 'local-lvm', node: 'pve1', vmid: 100, size: GIB });
  const shared = store.allocate({ storage: 'ceph-pool', node: 'pve1', vmid: 100, size: GIB });
  expect(store.find(local.volid, 'pve2')).toBeUndefined();
  expect(store.find(shared.volid, 'pve2')).toEqual(shared);
  expect(store.allocate({ storage: 'local-lvm', node: 'pve2', vmid: 100, size: GIB }).volid).toBe(local.volid);
});

it('refuses an unknown storage, and a format that block storages lack', () => {
  const request = { node: 'pve1', vmid: 100, size: GIB };
  expect(() => volumes().allocate({ ...request, storage: 'nope' })).toThrow("storage 'nope' does not exist");
  expect(() => volumes().allocate({ ...request, storage: 'ceph-pool', format: 'qcow2' })).toThrow(
    "unsupported format 'qcow2'",
  );
});

it('rounds a size up when it grows a volume', () => {
  const store = volumes();
  const { volid } = store.allocate({ storage: 'local-lvm', node: 'pve1', vmid: 100, size: GIB });
  expect(store.resize(volid, 'pve1', GIB + 1).size).toBe(GIB + 4 * MIB);
});

it.each([
  ['images', 'images:100/base-100-disk-0.raw', 'images:100/base-100-disk-0.raw/101/vm-101-disk-0.qcow2'],
  ['ceph-pool', 'ceph-pool:base-100-disk-0', 'ceph-pool:base-100-disk-0/vm-101-disk-0'],
  ['local-lvm', 'local-lvm:base-100-disk-0', 'local-lvm:vm-101-disk-0'],
])('names base images and linked clones on %s as that type of storage does', (storage, base, clone) => {
  const store = volumes();
  const { volid } = store.allocate({ storage, node: 'pve1', vmid: 100, size: GIB });
  expect(store.makeBase(volid, 'pve1').volid).toBe(base);
  const format = storage === 'images' ? { format: 'qcow2' } : {};
  expect(store.allocate({ storage, node: 'pve1', vmid: 101, size: GIB, base, ...format }).volid).toBe(clone);
  expect(store.find(volid, 'pve1')).toBeUndefined();
});

it('gives a volume to another guest under the lowest name that is free there, and keeps its base', () => {
  const store = volumes();
  const place = { storage: 'images', node: 'pve1', size: GIB };
  store.allocate({ ...place, vmid: 101 });
  const { volid } = store.allocate({ ...place, vmid: 100, format: 'qcow2', base: 'images:90/base-90-disk-0.raw' });
  const moved = store.reassign(volid, 'pve1', 101);
  expect(moved).toMatchObject({ volid: 'images:90/base-90-disk-0.raw/101/vm-101-disk-1.qcow2', vmid: 101 });
});
