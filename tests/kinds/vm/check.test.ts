import { describe, expect, it } from 'vitest';
import { checkVm } from '../../../src/kinds/vm/check.ts';
import { loadOne } from '../../spec/load-text.ts';

/** What the rules say of a document, each finding with its pointer, its line and its whole text. */
async function findings(body: string, project?: string): Promise<readonly string[]> {
  const resource = await loadOne(`kind: vm\nname: x\n${body}\n`, project);
  return checkVm(resource).map(({ pointer, range, summary, detail, address }) => {
    expect(address).toBe('vm/x');
    return `${pointer} ${range?.file}:${range?.line}:${range?.column} ${summary}: ${detail}`;
  });
}

it.each([
  '',
  'defaults: none',
  'disks: [{}, { bus: virtio }, { bus: sata }, { bus: ide }]',
  'system: { bios: seabios }',
  'system: { scsiController: lsi }',
  'disks: {}\nnetwork: {}',
])('finds nothing wrong with defaults alone: %j', async (body) => {
  expect(await findings(body)).toEqual([]);
});

describe('the slot of the medium', () => {
  it('takes no disk, written as one or as none', async () => {
    const remedy = 'Take another slot for the disk, or write os: { media: null }.';
    expect(await findings('disks: { scsi0: {}, ide2: {} }')).toEqual([
      `/disks/ide2 vm.yaml:3:27 slot taken: The slot ide2 holds the installation medium (os.media), which a guest has unless the document says otherwise. ${remedy}`,
    ]);
    expect(await findings('os: { media: none }\ndisks: { ide2: null }')).toEqual([
      `/disks/ide2 vm.yaml:4:16 slot taken: The slot ide2 holds the installation medium (os.media). ${remedy}`,
    ]);
  });

  it.each(['os: { media: null }\ndisks: { ide2: {} }', 'defaults: none\ndisks: { ide2: {} }'])(
    'is free with %j',
    async (body) => {
      expect(await findings(body)).toEqual([]);
    },
  );
});

describe('what is written where it does not fit', () => {
  it('is an iothread on a controller or a bus without', async () => {
    const needs = 'needs a virtio slot or a scsi slot with system.scsiController: virtio-scsi-single.';
    expect(await findings('system: { scsiController: lsi }\ndisks: { scsi0: { iothread: true } }')).toEqual([
      `/disks/scsi0/iothread vm.yaml:4:29 does not fit: disks.scsi0.iothread ${needs}`,
    ]);
    expect(await findings('disks: { sata0: { iothread: true } }')).toEqual([
      `/disks/sata0/iothread vm.yaml:3:29 does not fit: disks.sata0.iothread ${needs}`,
    ]);
    expect(await findings('system: { scsiController: null }\ndisks: { scsi0: { iothread: true } }')).toHaveLength(1);
  });

  it.each([
    ['virtio0: { ssd: true }', 'ssd needs an ide slot, a sata slot or a scsi slot.'],
    ['virtio0: { wwn: "0x000c0ffee00c0ffe" }', 'wwn needs an ide slot, a sata slot or a scsi slot.'],
    ['ide0: { readOnly: true }', 'readOnly needs a scsi slot or a virtio slot.'],
    ['sata0: { vendor: x }', 'vendor needs a scsi slot.'],
    ['virtio0: { product: x }', 'product needs a scsi slot.'],
    ['virtio0: { queues: 4 }', 'queues needs a scsi slot.'],
  ])('is an option on another bus: %s', async (disk, text) => {
    const slot = disk.split(':')[0];
    expect((await findings(`disks: { ${disk} }`)).map((finding) => finding.replace(/^.*does not fit: /, ''))).toEqual([
      `disks.${slot}.${text}`,
    ]);
  });

  it('is an EFI disk without ovmf', async () => {
    expect(await findings('system: { bios: seabios, efi: {} }')).toEqual([
      '/system/efi vm.yaml:3:31 does not fit: system.efi needs system.bios: ovmf.',
    ]);
    expect(await findings('system: { bios: null, efi: {} }')).toHaveLength(1);
  });

  it('is not what means the same as absence, nor null', async () => {
    expect(await findings('disks: { sata0: { iothread: false, readOnly: null }, virtio0: { ssd: false } }')).toEqual(
      [],
    );
    expect(await findings('system: { bios: seabios, efi: null }')).toEqual([]);
  });

  it('is not what depends on a value that the document leaves alone', async () => {
    expect(await findings('defaults: none\ndisks: { scsi0: { iothread: true } }\nsystem: { efi: {} }')).toEqual([]);
  });

  it('may stand in the project file, and is shown there', async () => {
    const project = 'kind: project\ndefaults:\n  vm: { disks: { "*": { iothread: true } } }\n';
    expect(await findings('disks: { sata0: {} }', project)).toEqual([
      '/disks/sata0/iothread pvevm.yaml:3:35 does not fit: disks.sata0.iothread needs a virtio slot or a scsi slot with system.scsiController: virtio-scsi-single. For vm/x alone, write null there.',
    ]);
    expect(await findings('disks: { sata0: { iothread: null } }', project)).toEqual([]);
  });
});

describe('disks', () => {
  it('have a size, a whole number of KiB', async () => {
    expect(
      await findings(
        'disks: { scsi0: { size: 0GiB }, scsi1: { size: 1.3KiB }, scsi2: { size: 1.5KiB }, scsi3: { size: 1.5GiB } }',
      ),
    ).toEqual([
      '/disks/scsi0/size vm.yaml:3:25 out of range: disks.scsi0.size is 0; a disk has 1KiB or more.',
      '/disks/scsi1/size vm.yaml:3:48 no whole size: disks.scsi1.size is 1.3KiB, which is no whole number of KiB. Write it in a smaller unit.',
      '/disks/scsi2/size vm.yaml:3:73 no whole size: disks.scsi2.size is 1.5KiB, which is no whole number of KiB. Write it in a smaller unit.',
    ]);
  });

  it('have a limit in total, or of reads and writes apart', async () => {
    expect(
      await findings('disks: { scsi0: { limits: { mbps: 10, mbpsRead: 5, mbpsWrite: 5, iops: 100, iopsWrite: 50 } } }'),
    ).toEqual([
      '/disks/scsi0/limits/mbps vm.yaml:3:35 limits exclude each other: disks.scsi0.limits has mbps and mbpsRead and mbpsWrite. A total excludes limits of reads and writes apart: remove one or the other.',
      '/disks/scsi0/limits/iops vm.yaml:3:72 limits exclude each other: disks.scsi0.limits has iops and iopsWrite. A total excludes limits of reads and writes apart: remove one or the other.',
    ]);
    expect(await findings('disks: { scsi0: { limits: { mbps: 10, mbpsRead: null, iopsRead: 5 } } }')).toEqual([]);
  });
});

describe('memory', () => {
  it.each([
    [
      'size: 1.5MiB',
      '/memory/size vm.yaml:3:17 no whole size: memory.size is 1.5MiB. Proxmox VE counts memory in whole MiB.',
    ],
    [
      'size: 512KiB',
      '/memory/size vm.yaml:3:17 no whole size: memory.size is 512KiB. Proxmox VE counts memory in whole MiB.',
    ],
    [
      'balloon: 100KiB',
      '/memory/balloon vm.yaml:3:20 no whole size: memory.balloon is 100KiB. Proxmox VE counts memory in whole MiB.',
    ],
    ['size: 15MiB', '/memory/size vm.yaml:3:17 out of range: memory.size is 15 MiB; a guest has 16 MiB or more.'],
    [
      'balloon: 4GiB',
      '/memory/balloon vm.yaml:3:20 balloon larger than memory: memory.balloon is 4 GiB, and memory.size 2 GiB (built-in default). Ballooning leaves the guest at most what it has: lower balloon, or raise size.',
    ],
    [
      'size: null, balloon: 1GiB',
      '/memory/balloon vm.yaml:3:32 balloon larger than memory: memory.balloon is 1 GiB, and memory.size 512 MiB. Ballooning leaves the guest at most what it has: lower balloon, or raise size.',
    ],
  ])('cannot be { %s }', async (memory, text) => {
    expect(await findings(`memory: { ${memory} }`)).toEqual([text]);
  });

  it.each(['size: 16MiB', 'balloon: 2GiB', 'size: 1.5GiB, balloon: false', 'size: 2GiB, balloon: 0MiB'])(
    'can be { %s }',
    async (memory) => {
      expect(await findings(`memory: { ${memory} }`)).toEqual([]);
    },
  );
});

it('no more vcpus than sockets × cores', async () => {
  expect(await findings('cpu: { sockets: 2, cores: 2, vcpus: 5 }')).toEqual([
    '/cpu/vcpus vm.yaml:3:37 more vcpus than cores: cpu.vcpus is 5, and the guest has 4 (sockets 2 × cores 2). Lower vcpus, or raise cores.',
  ]);
  expect(await findings('cpu: { sockets: null, cores: null, vcpus: 2 }')).toHaveLength(1);
  expect(await findings('cpu: { sockets: 2, cores: 2, vcpus: 4 }')).toEqual([]);
  expect(await findings('defaults: none\ncpu: { vcpus: 64 }')).toEqual([]);
});

describe('network interfaces', () => {
  it('have an MTU and queues with virtio only', async () => {
    expect(await findings('network: { net0: { model: e1000, mtu: 1500, queues: 4 } }')).toEqual([
      '/network/net0/mtu vm.yaml:3:39 does not fit: network.net0.mtu needs model: virtio, and the model is e1000.',
      '/network/net0/queues vm.yaml:3:53 does not fit: network.net0.queues needs model: virtio, and the model is e1000.',
    ]);
    expect(
      await findings('network: { net0: { mtu: 1500, queues: 4 }, net1: { model: e1000, mtu: null, queues: 0 } }'),
    ).toEqual([]);
  });

  it('have trunks within 1 to 4094, from low to high', async () => {
    expect(await findings('network: { net0: { trunks: [20, 30-39, 39-30, "0", 4000-4095, 4094] } }')).toEqual([
      '/network/net0/trunks/2 vm.yaml:3:40 out of range: network.net0.trunks has 39-30, whose end lies before its beginning. Write 30-39.',
      '/network/net0/trunks/3 vm.yaml:3:47 out of range: network.net0.trunks has 0; VLANs are 1 to 4094.',
      '/network/net0/trunks/4 vm.yaml:3:52 out of range: network.net0.trunks has 4000-4095; VLANs are 1 to 4094.',
    ]);
  });
});

describe('the display', () => {
  it('is on a serial port that is there', async () => {
    expect(await findings('console: { display: serial0 }')).toEqual([
      '/console/display/type vm.yaml:3:21 no such serial port: console.display is serial0, a port that the document does not define. Write serial: socket beside it, or console: serial for both.',
    ]);
    expect(await findings('console: { serial: socket, display: serial1 }')).toEqual([
      '/console/display/type vm.yaml:3:37 no such serial port: console.display is serial1, a port that the document does not define. Write devices: { serial1: socket } beside it.',
    ]);
    expect(await findings('defaults: none\nconsole: { serial: null, display: serial0 }')).toHaveLength(1);
  });

  it.each([
    'console: serial',
    'console: { display: std }',
    'console: null',
    'defaults: none\nconsole: { display: serial0 }',
  ])('can be %j', async (body) => {
    expect(await findings(body)).toEqual([]);
  });
});

describe('the boot order', () => {
  it('names devices of the document', async () => {
    expect(
      await findings(
        'disks: { scsi0: {}, scsi5: null }\nos: { media: null }\nboot: [scsi1, ide2, net1, scsi5, virtio0]',
      ),
    ).toEqual([
      '/boot/0 vm.yaml:5:8 unknown boot device: boot names scsi1, and the document has no such device. It has scsi0, net0. Did you mean scsi0?',
      '/boot/1 vm.yaml:5:15 unknown boot device: boot names ide2, and the document has no such device. It has scsi0, net0.',
      '/boot/2 vm.yaml:5:21 unknown boot device: boot names net1, and the document has no such device. It has scsi0, net0. Did you mean net0?',
      '/boot/3 vm.yaml:5:27 unknown boot device: boot names scsi5, and the document removes it. Take it out of boot.',
      '/boot/4 vm.yaml:5:34 unknown boot device: boot names virtio0, and the document has no such device. It has scsi0, net0.',
    ]);
  });

  it('may name implied devices, the medium, and devices that no document describes', async () => {
    expect(await findings('boot: [scsi0, ide2, net0, hostpci0, usb1]')).toEqual([]);
  });

  it('may name what a document without built-in defaults leaves alone, but not what it removes', async () => {
    expect(await findings('defaults: none\nboot: [scsi3, net0, ide2]')).toEqual([]);
    expect(await findings('defaults: none\ndisks: { scsi3: null }\nboot: [scsi3]')).toHaveLength(1);
  });
});
