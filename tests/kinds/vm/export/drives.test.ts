import { describe, expect, it } from 'vitest';
import { createDraft } from '../../../../src/kinds/vm/export/draft.ts';
import { takeDrive } from '../../../../src/kinds/vm/export/drives.ts';
import { shorten } from '../../../../src/kinds/vm/export/shorten.ts';

function written(key: string, text: string, cloudInitSlot?: string) {
  const draft = createDraft({});
  takeDrive(draft, [key, text], { vmid: 100, version: '9.2', cloudInitSlot });
  return { document: draft.document, lost: draft.lost.map(({ what }) => what) };
}

describe('a drive is written as what it is:', () => {
  it.each([
    [
      'a disk of the guest’s own by storage and size',
      ['scsi0', 'ceph-pool:vm-100-disk-0,iothread=on,size=32G'],
      { disks: { scsi0: { storage: 'ceph-pool', size: '32GiB', iothread: true } } },
    ],
    [
      'a linked clone’s disk likewise, for it is the guest’s own',
      ['scsi0', 'ceph-pool:base-9-disk-0/vm-100-disk-0,size=8G'],
      { disks: { scsi0: { storage: 'ceph-pool', size: '8GiB' } } },
    ],
    [
      'a file with its format, which a storage of files may choose',
      ['sata1', 'local:100/vm-100-disk-0.qcow2,backup=1,size=512M'],
      { disks: { sata1: { storage: 'local', format: 'qcow2', size: '512MiB' } } },
    ],
    [
      'another guest’s volume by its name',
      ['scsi1', 'ceph-pool:vm-200-disk-0,size=8G'],
      { disks: { scsi1: { volume: 'ceph-pool:vm-200-disk-0' } } },
    ],
    [
      'a disk of the host by its path',
      ['virtio0', 'file=/dev/disk/by-id/ata-A,aio=native'],
      { disks: { virtio0: { volume: '/dev/disk/by-id/ata-A', aio: 'native' } } },
    ],
    ['a disk of nothing but a volume', ['virtio1', '/dev/sdb'], { disks: { virtio1: { volume: '/dev/sdb' } } }],
    ['an empty medium', ['ide2', 'none,media=cdrom'], { os: { media: 'none' } }],
    ['the host’s own CD drive', ['ide2', 'cdrom,media=cdrom'], { os: { media: 'physical' } }],
    [
      'a disk in the medium’s slot',
      ['ide2', 's1:vm-100-disk-0,size=1G'],
      { disks: { ide2: { storage: 's1', size: '1GiB' } } },
    ],
    [
      'the EFI disk, with what must be said to make it again',
      ['efidisk0', 'local:100/vm-100-disk-1.raw,ms-cert=2023k,size=528K'],
      { system: { efi: { storage: 'local', format: 'raw', type: '2m', preEnrolledKeys: false } } },
    ],
    [
      'the TPM’s state',
      ['tpmstate0', 's1:vm-100-disk-2,size=4M'],
      { system: { tpm: { storage: 's1', version: 'v1.2' } } },
    ],
  ])('%s', (_what, [key, text], document) => {
    expect(written(key as string, text as string)).toEqual({ document, lost: [] });
  });

  it('cloud-init’s drive by its slot, of which there is one', () => {
    const text = 'local-lvm:vm-100-cloudinit,media=cdrom,size=4M';
    expect(written('ide0', text, 'ide0')).toEqual({
      document: { cloudInit: { drive: 'ide0', storage: 'local-lvm' } },
      lost: [],
    });
    expect(written('ide3', text, 'ide0')).toEqual({ document: {}, lost: [`ide3: ${text}`] });
  });

  it('and what no document says is listed', () => {
    expect(written('sata0', 'none,media=cdrom')).toEqual({ document: {}, lost: ['sata0: none,media=cdrom'] });
    expect(written('scsi0', 's1:vm-100-disk-0,cyls=3,size=1G').lost).toEqual(['scsi0 (cyls=3)']);
    expect(written('scsi0', 's1:vm-100-disk-0,=3').lost).toEqual(['scsi0']);
  });
});

describe('short forms', () => {
  it('stand where they say the same', () => {
    const document = {
      console: { serial: 'socket', display: { type: 'serial0' } },
      system: { agent: { enabled: true }, machine: { type: 'q35' } },
      devices: { usb0: { host: 'spice' }, rng0: { source: '/dev/urandom', period: 5 }, watchdog: {} },
    };
    expect(shorten(document)).toEqual({
      console: 'serial',
      system: { agent: true, machine: 'q35' },
      devices: { usb0: 'spice', rng0: { source: '/dev/urandom', period: 5 }, watchdog: {} },
    });
  });

  it('and nowhere else', () => {
    const document = { console: { serial: 'socket' }, system: { agent: { enabled: true, type: 'isa' } } };
    expect(shorten(document)).toEqual(document);
  });
});
