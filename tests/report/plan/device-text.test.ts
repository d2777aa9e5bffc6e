import { expect, it } from 'vitest';
import { rowOf } from '../../../src/report/plan/change-text.ts';
import { change } from '../plans.ts';

function shown(before: string, path = 'disks.scsi1'): string {
  const { symbol, value } = rowOf(change({ path, key: path.split('.')[1] ?? path, before, after: null }));
  return `${symbol} ${value}`;
}

it.each([
  [
    'ceph-pool:vm-108-disk-2,iothread=1,size=4G,ssd=1',
    '4 GiB on ceph-pool, iothread, ssd, volume ceph-pool:vm-108-disk-2',
  ],
  [
    'nfs:108/vm-108-disk-1.qcow2,backup=0,cache=writeback,discard=on,mbps_rd=50,size=528K',
    '528 KiB on nfs, no backup, cache writeback, discard, limits (mbpsRead 50), volume nfs:108/vm-108-disk-1.qcow2',
  ],
  ['/dev/sdb,size=1T', 'size 1 TiB, volume /dev/sdb'],
  ['ceph-pool:vm-108-disk-2', 'storage ceph-pool, volume ceph-pool:vm-108-disk-2'],
  // A later Proxmox VE may know more.
  ['ceph-pool:vm-108-disk-2,size=4G,new=x', '4 GiB on ceph-pool, new x, volume ceph-pool:vm-108-disk-2'],
])('a disk that is taken away is told of in the words of the spec, with its volume: %s', (before, text) => {
  expect(shown(before)).toBe(`- ${text}`);
});

it('what cannot be taken apart is shown as it is', () => {
  expect(shown('ceph-pool:vm-108-disk-2,ssd=1,ssd=0')).toBe('- ceph-pool:vm-108-disk-2,ssd=1,ssd=0');
  expect(shown('virtio=BC:24:11:00:00:01,bridge=vmbr9', 'network.net1')).toBe(
    '- virtio=BC:24:11:00:00:01,bridge=vmbr9',
  );
});
