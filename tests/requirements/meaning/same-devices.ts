import { from, nic, type Pair } from './pair.ts';

const KEY = 'AAAAC3NzaC1lZDI1NTE5AAAAIAzwrlNehveTy9kXGg/IYixOSA7OesdAAwnOPmzYXWgn';
const cloudInit = (text: string): string => `cloudInit: { ${text} }`;
const address = (text: string): string => cloudInit(`addresses: { net0: { ${text} } }`);
const device = (text: string): string => `devices: { ${text} }`;
/** Pairs of guests that have a cloud-init drive. */
const withDrive: typeof from = (source, pairs) =>
  from(
    source,
    pairs.map(([spec, live]) => [spec, { ide0: 'ceph-pool:cloudinit', ...live }] as const),
  );
const UUID = '11111111-aaaa-3333-4444-555555555555';

/** Devices, NUMA nodes, what firmware tells, and cloud-init. */
export const SAME_DEVICES: readonly Pair[] = [
  ...from('semantics 2.9: hostpci', [
    [device('hostpci0: { device: "0000:01:00.0" }'), { hostpci0: '01:00.0' }],
    [device('hostpci0: { device: "01:00.0" }'), { hostpci0: 'host=0000:01:00.0' }],
    [device('hostpci0: { device: ["01:00.0", "01:00.1"] }'), { hostpci0: '0000:01:00.0;01:00.1' }],
    [device('hostpci0: { device: "0000:0A:00.0" }'), { hostpci0: '0a:00.0' }],
    [
      device('hostpci0: { device: "01:00.0", romBar: true, pcie: false, xVga: false, legacyIgd: false, driver: vfio }'),
      { hostpci0: '01:00.0' },
    ],
    [device('hostpci0: { device: "01:00.0", romBar: false }'), { hostpci0: 'rombar=off,host=01:00.0' }],
    [device('hostpci0: { device: "01:00.0", deviceId: "0x1AB2" }'), { hostpci0: '01:00.0,device-id=0x1ab2' }],
    [device('hostpci0: { mapping: gpu, pcie: true }'), { machine: 'q35', hostpci0: 'pcie=yes,mapping=gpu' }],
  ]),
  ...from('semantics 2.9: usb', [
    [device('usb0: { host: spice }'), { usb0: 'spice' }],
    [device('usb0: { host: spice, usb3: false }'), { usb0: 'host=spice' }],
    [device('usb0: { mapping: stick, usb3: true }'), { usb0: 'usb3=yes,mapping=stick' }],
    [device('usb0: { host: "1A2B:3C4D" }'), { usb0: 'host=0x1a2b:0x3c4d' }],
  ]),
  ...from('recording 9.2/15-root-ticket-tasks #2', [
    [device('usb0: { host: "1234:5678" }'), { usb0: 'host=1234:5678' }],
  ]),
  ...from('semantics 2.9: rng0, watchdog, virtiofs', [
    [device('rng0: { source: /dev/urandom, maxBytes: 1024, period: 1000 }'), { rng0: '/dev/urandom' }],
    [device('rng0: { source: /dev/urandom }'), { rng0: 'period=1000,source=/dev/urandom' }],
    [device('watchdog: { model: i6300esb, action: reset }'), { watchdog: 'action=reset' }],
    [device('virtiofs0: { mapping: share }'), { virtiofs0: 'share,cache=auto,direct-io=0' }],
    [device('virtiofs0: { mapping: share, exposeAcl: false, exposeXattr: false }'), { virtiofs0: 'dirid=share' }],
    [device('audio0: { device: ich9-intel-hda }'), { audio0: 'device=ich9-intel-hda,driver=spice' }],
    [device('ivshmem: { size: 32MiB }'), { ivshmem: 'size=32' }],
    [device('serial1: socket'), { serial1: 'socket' }],
  ]),
  ...from('recording 9.2/12-qemu-snap-clone #94', [
    [device('rng0: { source: /dev/urandom }'), { rng0: 'source=/dev/urandom' }],
    [device('watchdog: { model: i6300esb, action: reset }'), { watchdog: 'model=i6300esb,action=reset' }],
    [device('audio0: { device: ich9-intel-hda, driver: spice }'), { audio0: 'device=ich9-intel-hda,driver=spice' }],
  ]),
  ...from('recording 9.2/12-qemu-snap-clone #200', [
    [
      'cpu: { numa: true, numaNodes: { numa0: { cpus: "3;0;1", memory: 100MiB, policy: bind, hostNodes: "0" } } }',
      { numa: 1, cores: 4, memory: '100', numa0: 'cpus=0-1;3,memory=100,policy=bind,hostnodes=0' },
    ],
  ]),
  ...from('semantics 2.4: smbios1', [
    ['system: { smbios: { manufacturer: Acme } }', { smbios1: 'manufacturer=QWNtZQ==,base64=1' }],
    ['system: { smbios: { manufacturer: Acme } }', { smbios1: `uuid=${UUID},base64=yes,manufacturer=QWNtZQ==` }],
    ['system: { smbios: { family: x } }', { smbios1: 'family=x' }],
    [`system: { smbios: { uuid: "${UUID.toUpperCase()}" } }`, { smbios1: `uuid=${UUID}` }],
  ]),
  ...withDrive('semantics 3.6: sshkeys', [
    [
      cloudInit(`sshKeys: ["ssh-ed25519 ${KEY} me@here"]`),
      { sshkeys: encodeURIComponent(`ssh-ed25519 ${KEY} me@here`) },
    ],
    [cloudInit(`sshKeys: ["ssh-ed25519 ${KEY}"]`), { sshkeys: encodeURIComponent(`ssh-ed25519 ${KEY} other\n`) }],
    [cloudInit(`sshKeys: ["ssh-ed25519 ${KEY}"]`), { sshkeys: encodeURIComponent(`\r\nssh-ed25519 ${KEY}\r\n\r\n`) }],
    [cloudInit('sshKeys: []'), {}],
  ]),
  ...withDrive('semantics 2.9: lists', [
    [cloudInit('nameservers: [192.0.2.53, 192.0.2.54]'), { nameserver: '192.0.2.53 192.0.2.54' }],
    [cloudInit('nameservers: ["2001:DB8:0::53"]'), { nameserver: '2001:db8::53' }],
    [cloudInit('nameservers: [192.0.2.53]'), { nameserver: '192.0.2.53;' }],
    [cloudInit('searchDomains: [a.test, b.test]'), { searchdomain: 'a.test b.test' }],
    [cloudInit('searchDomains: null, nameservers: null'), {}],
  ]),
  ...withDrive('recording 9.2/12-qemu-snap-clone #194', [
    [cloudInit('nameservers: [1.1.1.1, 9.9.9.9]'), { nameserver: '1.1.1.1,9.9.9.9' }],
  ]),
  ...withDrive('semantics 2.4: ipconfig', [
    [address('ipv4: dhcp'), { ...nic(''), ipconfig0: 'ip=dhcp' }],
    [address('ipv4: 192.0.2.9/24, gateway4: 192.0.2.1'), { ...nic(''), ipconfig0: 'gw=192.0.2.1,ip=192.0.2.9/24' }],
    [address('ipv6: "2001:DB8::0:9/64"'), { ...nic(''), ipconfig0: 'ip6=2001:db8:0:0::9/64' }],
    [address('ipv6: auto'), { ...nic(''), ipconfig0: 'ip=dhcp,ip6=auto' }],
  ]),
  ...withDrive('recording 9.2/12-qemu-snap-clone #80', [
    [address('ipv4: 192.0.2.50/24, gateway4: 192.0.2.1'), { ...nic(''), ipconfig0: 'ip=192.0.2.50/24,gw=192.0.2.1' }],
    [cloudInit('searchDomains: [example.com]'), { searchdomain: 'example.com' }],
  ]),
  ...withDrive('semantics 3.6: defaults and secrets', [
    [cloudInit('type: nocloud'), {}],
    [cloudInit('upgrade: true'), {}],
    [`os: { type: win11 }\n${cloudInit('type: configdrive2')}`, { ostype: 'win11' }],
    [cloudInit('user: admin, upgrade: false'), { ciuser: 'admin', ciupgrade: '0' }],
  ]),
];
