import { expect, it } from 'vitest';
import type { StepRequest } from '../../../../src/core/step.ts';
import { busyOf } from '../../../../src/kinds/vm/load/busy.ts';
import { step } from '../../../report/plans.ts';

const QEMU = '/nodes/pve1/qemu';
const TEXTS: ReadonlyMap<string, string> = new Map([
  ['scsi0', 'local-lvm:vm-101-disk-0,size=4G'],
  ['scsi1', 'ceph:vm-101-disk-1,size=4G'],
  ['ide2', 'isos:iso/debian.iso,media=cdrom'],
  ['name', 'web'],
]);
const isLocal = (storage: string): boolean => storage.startsWith('local');

/** What a request of a step that waits for its task keeps busy, as in `pve1: local-lvm@pve1`. */
function busy(request: StepRequest): string {
  const found = busyOf(step('vm/web#1', 'do it', { request, await: { for: 'task', timeoutMs: 1 } }), TEXTS, isLocal);
  if (found === undefined) return 'nothing';
  return [`${found.node}:`, ...found.storages.map(({ storage, node }) => `${storage}@${node}`)].join(' ');
}

it('R-27: a migration copies what its nodes do not share, from there and to there, where it is mapped too', () => {
  const path = `${QEMU}/101/migrate`;
  expect(busy({ method: 'POST', path, params: { target: 'pve2' } })).toBe('pve1: local-lvm@pve1 local-lvm@pve2');
  expect(busy({ method: 'POST', path, params: { target: 'pve2', targetstorage: 'local-lvm:local-zfs,a:b' } })).toBe(
    'pve1: local-lvm@pve1 local-zfs@pve2',
  );
});

it('R-27: a new disk is made on its storage, and copied from that of its image; what is only attached is not', () => {
  const params = {
    scsi0: 'ceph:0,import-from=local:import/debian.qcow2',
    scsi1: 'fast:8',
    scsi2: 'ceph:vm-101-disk-7',
    ide2: 'isos:iso/debian.iso,media=cdrom',
    ide0: 'ceph:cloudinit',
  };
  expect(busy({ method: 'POST', path: QEMU, params })).toBe('pve1: ceph@pve1 local@pve1 fast@pve1 ceph@pve1');
});

it.each(['shutdown', 'stop', 'reboot', 'resume'])('a %s is light', (verb) => {
  expect(busy({ method: 'POST', path: `${QEMU}/101/status/${verb}`, params: {} })).toBe('nothing');
});
