import { describe, expect, it } from 'vitest';
import { type CloneFacts, clonedTexts } from '../../../../src/kinds/vm/clone/cloned-texts.ts';

const LINKED: CloneFacts = {
  mode: 'linked',
  storage: undefined,
  snapshot: undefined,
  vmid: 101,
  name: 'web-01',
  description: 'pvevm:-:vm/web-01:101',
  storageTypes: new Map([
    ['ceph-pool', 'rbd'],
    ['files', 'dir'],
    ['local-lvm', 'lvmthin'],
  ]),
};

function cloned(
  source: Readonly<Record<string, string>>,
  facts: Partial<CloneFacts> = {},
): Readonly<Record<string, string>> {
  return Object.fromEntries(clonedTexts(new Map(Object.entries(source)), { ...LINKED, ...facts }));
}

describe('R-36: a clone takes over every key of its source', () => {
  it('but for the unused volumes, the snapshots and the template flag', () => {
    const dropped = { unused0: 'ceph-pool:vm-9-disk-3', template: '1', parent: 'before', lock: 'backup', vmstate: 'x' };
    expect(cloned({ cores: '4', meta: 'ctime=1', onboot: '1', ...dropped })).toEqual({
      cores: '4',
      meta: 'ctime=1',
      onboot: '1',
      smbios1: 'uuid={uuid}',
      name: 'web-01',
      description: 'pvevm:-:vm/web-01:101',
    });
  });

  it('with addresses and ids of its own, as placeholders', () => {
    const source = {
      net0: 'virtio=BC:24:11:00:00:01,bridge=vmbr0,tag=5',
      smbios1: 'base64=1,uuid=1-2,serial=QQ==',
      vmgenid: '1-2-3',
    };
    expect(cloned(source)).toMatchObject({
      net0: 'virtio={mac},bridge=vmbr0,tag=5',
      smbios1: 'uuid={uuid},base64=1,serial=QQ==',
      vmgenid: '1',
    });
  });

  it('keeps the source’s description where the clone’s request sends none', () => {
    expect(cloned({ description: 'golden' }, { description: undefined })).toMatchObject({ description: 'golden' });
  });
});

describe('the volumes of a clone', () => {
  it('lie where those of the source do, and media stay as they are', () => {
    const medium = 'files:iso/x.iso,media=cdrom,size=1M';
    expect(
      cloned({ scsi0: 'ceph-pool:base-9-disk-0,ssd=1,size=8G', ide2: medium, sata0: 'none,media=cdrom' }),
    ).toMatchObject({
      scsi0: 'ceph-pool:vm-101-{scsi0},size=8G,ssd=1',
      ide2: medium,
      sata0: 'none,media=cdrom',
    });
  });

  it('are qcow2 where a linked clone lies on files, and raw on anything else', () => {
    expect(
      cloned({ scsi0: 'files:9/base-9-disk-0.raw,size=8G', efidisk0: 'local-lvm:base-9-disk-1,efitype=4m' }),
    ).toMatchObject({
      scsi0: 'files:vm-101-{scsi0}.qcow2,size=8G',
      efidisk0: 'local-lvm:vm-101-{efidisk0},efitype=4m',
    });
  });

  it('go to the storage of a full clone, in their own format where that storage has it', () => {
    const source = { scsi0: 'files:9/vm-9-disk-0.qcow2,size=8G', tpmstate0: 'ceph-pool:vm-9-disk-1,size=4M' };
    expect(cloned(source, { mode: 'full', storage: 'ceph-pool' })).toMatchObject({
      scsi0: 'ceph-pool:vm-101-{scsi0},size=8G',
    });
    expect(cloned(source, { mode: 'full', storage: 'files' })).toMatchObject({
      scsi0: 'files:vm-101-{scsi0}.qcow2,size=8G',
      tpmstate0: 'files:vm-101-{tpmstate0}.raw,size=4M',
    });
  });

  it('of cloud-init have the name that Proxmox VE gives them', () => {
    expect(cloned({ ide0: 'ceph-pool:vm-9-cloudinit,media=cdrom,size=4M' })).toMatchObject({
      ide0: 'ceph-pool:vm-101-cloudinit,media=cdrom,size=4M',
    });
  });
});
