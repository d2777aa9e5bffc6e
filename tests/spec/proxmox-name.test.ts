import { expect, it } from 'vitest';
import { loadFiles } from './load-text.ts';

it.each([
  ['ostype: l26', 'A vm document has no key "ostype". Did you mean os.type?'],
  ['scsihw: lsi', 'A vm document has no key "scsihw". Did you mean system.scsiController?'],
  ['net0: virtio', 'A vm document has no key "net0". Did you mean network.net0?'],
  ['scsi0: "local-lvm:8"', 'A vm document has no key "scsi0". Did you mean disks.scsi0?'],
  ['cores: 4', 'A vm document has no key "cores". Did you mean cpu.cores?'],
  ['balloon: 512', 'A vm document has no key "balloon". Did you mean memory.balloon?'],
  ['onboot: 1', 'A vm document has no key "onboot". Did you mean onBoot?'],
  ['hostpci0: "01:00.0"', 'A vm document has no key "hostpci0". Did you mean devices.hostpci0?'],
  ['serial0: socket', 'A vm document has no key "serial0". Did you mean console.serial?'],
  ['vga: std', 'A vm document has no key "vga". Did you mean console.display?'],
  ['ipconfig0: ip=dhcp', 'A vm document has no key "ipconfig0". Did you mean cloudInit.addresses?'],
  ['numa0: "cpus=0"', 'A vm document has no key "numa0". Did you mean cpu.numaNodes.numa0?'],
  ['cpu: { cpulimit: 2 }', 'cpu has no key "cpulimit". Did you mean limit?'],
  ['cpu: { hv-vendor-id: x }', 'cpu has no key "hv-vendor-id". Did you mean hvVendorId?'],
  ['cpu: { sockts: 2 }', 'cpu has no key "sockts". Did you mean sockets?'],
  ['network: { net0: { tag: 20 } }', 'network.net0 has no key "tag". Did you mean vlan?'],
  ['disks: { scsi0: { iops_rd: 20 } }', 'disks.scsi0 has no key "iops_rd". Did you mean limits.iopsRead?'],
  ['devices: { hostpci0: { host: "01:00.0" } }', 'devices.hostpci0 has no key "host". Did you mean device?'],
  ['devices: { hostpci0: { mapping: gpu, x-vga: 1 } }', 'devices.hostpci0 has no key "x-vga". Did you mean xVga?'],
  ['devices: { virtiofs0: { dirid: share } }', 'devices.virtiofs0 has no key "dirid". Did you mean mapping?'],
  ['devices: { serial0: socket }', 'devices has no slot "serial0". Did you mean console.serial?'],
  ['devices: { watchdg: i6300esb }', 'devices has no slot "watchdg". Did you mean watchdog?'],
  [
    'devices: { usb14: spice }',
    'devices has no slot "usb14". Its slots are hostpci0 to hostpci15, usb0 to usb13, serial1 to serial3, parallel0 to parallel2, virtiofs0 to virtiofs9, audio0, rng0, watchdog and ivshmem.',
  ],
])('R-17: %s', async (text, detail) => {
  const { diagnostics } = await loadFiles({ 'vm.yaml': `kind: vm\nname: web-01\n${text}\n` });
  expect(diagnostics.filter(({ summary }) => summary !== 'missing key').map((one) => one.detail)).toEqual([detail]);
});
