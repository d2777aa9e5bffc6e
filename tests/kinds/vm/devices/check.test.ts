import { describe, expect, it } from 'vitest';
import { checkVm } from '../../../../src/kinds/vm/check.ts';
import { loadOne } from '../../../spec/load-text.ts';

async function details(text: string): Promise<readonly string[]> {
  const found = checkVm(await loadOne(`kind: vm\nname: web-01\n${text}\n`));
  return found.map(({ pointer, detail }) => `${pointer} ${detail}`);
}

const NUMA = 'numa: true, cores: 2';

it.each([
  // sources of devices
  [
    'devices: { hostpci0: { device: "01:00.0", mapping: gpu } }',
    '/devices/hostpci0/mapping devices.hostpci0 has device and mapping, which exclude each other. Write one of them.',
  ],
  [
    'devices: { hostpci0: { romBar: false } }',
    '/devices/hostpci0 devices.hostpci0 does not say which device it is. Write devices.hostpci0.mapping or devices.hostpci0.device.',
  ],
  [
    'devices: { usb0: { usb3: true } }',
    '/devices/usb0 devices.usb0 does not say which device it is. Write devices.usb0.mapping or devices.usb0.host.',
  ],
  [
    'devices: { usb0: { host: spice, mapping: stick } }',
    '/devices/usb0/mapping devices.usb0 has host and mapping, which exclude each other. Write one of them.',
  ],
  // slots and machines
  [
    'system: { machine: pc }\ndevices: { hostpci0: { mapping: gpu, pcie: true } }',
    '/devices/hostpci0/pcie devices.hostpci0.pcie needs a machine of q35. Write system.machine: q35, or leave pcie out.',
  ],
  [
    'os: { type: l24 }\ndevices: { usb5: spice }',
    '/devices/usb5 devices.usb5 needs os.type l26, or win8 and newer, and a machine of 7.1 or newer. Others have usb0 to usb4.',
  ],
  [
    'system: { machine: pc-q35-7.0 }\ndevices: { usb13: spice }',
    '/devices/usb13 devices.usb13 needs os.type l26, or win8 and newer, and a machine of 7.1 or newer. Others have usb0 to usb4.',
  ],
  [
    'os: { type: win11 }\ndevices: { virtiofs0: { mapping: share, exposeAcl: true } }',
    '/devices/virtiofs0/exposeAcl devices.virtiofs0.exposeAcl does not work with Windows, which could not mount the directory. Leave it out.',
  ],
  [
    'devices: { ivshmem: { size: 512KiB } }',
    '/devices/ivshmem/size devices.ivshmem.size is 512KiB. Proxmox VE counts it in whole MiB.',
  ],
  [
    'console: { display: { type: std, memory: 1GiB } }',
    '/console/display/memory console.display.memory is 1GiB. It is 4MiB to 512MiB.',
  ],
  // Intel graphics in legacy mode
  [
    'system: { machine: pc }\nconsole: { display: std }\ndevices: { hostpci0: { device: "00:02.0", legacyIgd: true } }',
    '/devices/hostpci0/legacyIgd devices.hostpci0.legacyIgd needs console.display: none.',
  ],
  [
    'console: { display: none }\ndevices: { hostpci0: { device: "00:02.0", legacyIgd: true } }',
    '/devices/hostpci0/legacyIgd devices.hostpci0.legacyIgd needs system.machine: pc.',
  ],
  [
    'system: { machine: pc }\nconsole: { display: none }\ndevices: { hostpci0: { device: "01:00.0", legacyIgd: true } }',
    '/devices/hostpci0/legacyIgd devices.hostpci0.legacyIgd works with the host’s device 00:02.0 only.',
  ],
  [
    'system: { machine: pc }\nconsole: { display: none }\ndevices: { hostpci0: { device: ["00:02.0", "00:02.1"], legacyIgd: true } }',
    '/devices/hostpci0/legacyIgd devices.hostpci0.legacyIgd works with one function of a device only.',
  ],
  [
    'system: { machine: pc }\nconsole: { display: none }\ndevices: { hostpci0: { mapping: gpu, legacyIgd: true, xVga: true } }',
    '/devices/hostpci0/legacyIgd devices.hostpci0.legacyIgd excludes xVga.',
  ],
  [
    'system: { machine: pc }\nconsole: { display: none }\ndevices: { hostpci0: { mapping: gpu, legacyIgd: true, mdev: x } }',
    '/devices/hostpci0/legacyIgd devices.hostpci0.legacyIgd excludes mdev.',
  ],
  [
    'system: { machine: pc }\nconsole: { display: none }\ndevices: { hostpci0: { mapping: gpu, legacyIgd: true, romBar: false } }',
    '/devices/hostpci0/legacyIgd devices.hostpci0.legacyIgd needs romBar, which is switched off.',
  ],
  [
    'system: { machine: pc }\nconsole: { display: none }\ndevices: { hostpci0: { mapping: gpu, legacyIgd: true }, hostpci1: { mapping: vga, legacyIgd: true } }',
    '/devices/hostpci1/legacyIgd devices.hostpci1.legacyIgd is for one device, which hostpci0 is.',
  ],
  // the machine
  [
    'system: { machine: { type: pc, viommu: intel } }',
    '/system/machine/viommu system.machine.viommu: intel needs a machine of q35. Write viommu: virtio, or type: q35.',
  ],
  [
    'system: { machine: { awBits: 48 } }',
    '/system/machine/awBits system.machine.awBits needs a virtual IOMMU. Write viommu beside it.',
  ],
  [
    'system: { machine: { viommu: intel, awBits: 40 } }',
    '/system/machine/awBits system.machine.awBits is 40. With viommu: intel it is 39 or 48.',
  ],
  ['system: { bios: seabios, sev: snp }', '/system/sev system.sev needs system.bios: ovmf.'],
  ['system: { bios: seabios, tdx: {} }', '/system/tdx system.tdx needs system.bios: ovmf.'],
  // NUMA, huge pages and memory hotplug
  [
    'cpu: { cores: 2, numaNodes: { numa0: { cpus: 0-1, memory: 2GiB } } }',
    '/cpu/numaNodes cpu.numaNodes needs cpu.numa: true.',
  ],
  ['memory: { hugepages: "2" }', '/memory/hugepages memory.hugepages needs cpu.numa: true.'],
  [
    `cpu: { ${NUMA}, numaNodes: { numa0: { cpus: 0-1 } } }`,
    '/cpu/numaNodes/numa0 cpu.numaNodes.numa0 needs memory, its share of the guest’s memory.',
  ],
  [
    `cpu: { ${NUMA}, numaNodes: { numa0: { cpus: 0-1, memory: 1GiB } } }`,
    '/cpu/numaNodes The nodes of cpu.numaNodes have 1 GiB, and memory.size is 2 GiB. Together they have all of it.',
  ],
  [
    `cpu: { ${NUMA}, numaNodes: { numa0: { cpus: 0-1, memory: 2GiB, hostNodes: "0" } } }`,
    '/cpu/numaNodes/numa0 cpu.numaNodes.numa0 needs policy beside hostNodes.',
  ],
  [
    `cpu: { ${NUMA}, numaNodes: { numa0: { cpus: 0-1, memory: 2GiB } } }\nmemory: { hugepages: "2" }`,
    '/cpu/numaNodes/numa0 cpu.numaNodes.numa0 needs hostNodes, since memory.hugepages is set.',
  ],
  [
    `cpu: { ${NUMA}, numaNodes: { numa0: { cpus: 0-2, memory: 2GiB } } }`,
    '/cpu/numaNodes/numa0/cpus cpu.numaNodes.numa0.cpus has 2, and the guest has 2 (sockets 1 × cores 2), counted from 0.',
  ],
  [
    `cpu: { ${NUMA}, numaNodes: { numa0: { cpus: 0-1, memory: 1GiB }, numa1: { cpus: "1", memory: 1GiB } } }`,
    '/cpu/numaNodes/numa1/cpus cpu.numaNodes.numa1.cpus has 1, which numa0 has too. A processor is on one node.',
  ],
  ['system: { hotplug: [memory] }', '/system/hotplug system.hotplug has memory, which needs cpu.numa: true.'],
  [
    `cpu: { ${NUMA}, numaNodes: { numa0: { cpus: 0-1, memory: 2GiB } } }\nsystem: { hotplug: [memory] }`,
    '/system/hotplug system.hotplug has memory, which excludes cpu.numaNodes.',
  ],
  [
    'cpu: { numa: true }\nsystem: { hotplug: [memory] }\ndevices: { virtiofs0: share }',
    '/system/hotplug system.hotplug has memory, which excludes virtiofs devices.',
  ],
  [
    'cpu: { numa: true }\nsystem: { hotplug: [memory] }\nmemory: { size: 512MiB }',
    '/system/hotplug system.hotplug has memory, which needs 1 GiB of memory, and memory.size is 512 MiB.',
  ],
  [
    'cpu: { numa: true, sockets: 4 }\nsystem: { hotplug: [memory] }\nmemory: { size: 2GiB, hugepages: "1024" }',
    '/system/hotplug system.hotplug has memory, which needs 4 GiB of memory, and memory.size is 2 GiB.',
  ],
  // bursts of disks
  [
    'disks: { scsi0: { limits: { mbpsMax: 10 } } }',
    '/disks/scsi0/limits/mbpsMax disks.scsi0.limits.mbpsMax needs mbps. Write mbps beside it.',
  ],
  [
    'disks: { scsi0: { limits: { iopsRead: 10, iopsReadMaxLength: 5s } } }',
    '/disks/scsi0/limits/iopsReadMaxLength disks.scsi0.limits.iopsReadMaxLength needs iopsReadMax. Write iopsReadMax beside it.',
  ],
])('R-17: %s', async (text, detail) => {
  expect(await details(text)).toEqual([detail]);
});

it('R-17: texts of smbios have to fit', async () => {
  const long = 'x'.repeat(400);
  expect(await details(`system: { smbios: { family: ${long} } }`)).toEqual([
    expect.stringMatching(
      /^\/system\/smbios system\.smbios takes \d+ characters as Proxmox VE stores it, in base64; there is room for 512\./,
    ),
  ]);
});

describe('nothing is wrong with', () => {
  it.each([
    'devices: { hostpci0: { mapping: gpu, pcie: true }, usb13: spice, serial3: socket }',
    'defaults: none\ndevices: { hostpci0: { mapping: gpu, pcie: true }, usb13: spice }',
    'system: { machine: pc }\nconsole: { display: none }\ndevices: { hostpci0: { device: "0000:00:02.0", legacyIgd: true } }',
    'system: { machine: { viommu: virtio, awBits: 64 } }',
    'system: { machine: { viommu: intel, awBits: 39 } }',
    'cpu: { cores: 4, numa: true, numaNodes: { numa0: { cpus: 0-1, memory: 1GiB }, numa1: { cpus: "2;3", memory: 1GiB }, numa2: null } }',
    'cpu: { numa: true }\nsystem: { hotplug: [memory, cpu] }',
    'devices: { hostpci0: null, usb0: null, rng0: null }',
    'console: { display: serial2 }\ndevices: { serial2: socket }',
    'disks: { scsi0: { limits: { mbps: 1, mbpsMax: 2, mbpsMaxLength: 5s, iopsMax: null } } }',
  ])('%s', async (text) => {
    expect(await details(text)).toEqual([]);
  });
});
