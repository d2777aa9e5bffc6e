import fc from 'fast-check';
import type { ApiFacts, ParameterFact, PropertyFact, PropertyFormat } from '../../src/pve/facts/facts.ts';

/** A guest's config as texts by key, as a config file holds them. */
export type ConfigTexts = Readonly<Record<string, string>>;

/** A config with what waits for a restart. */
export interface GeneratedConfig {
  readonly current: ConfigTexts;
  readonly pending: ConfigTexts;
  readonly removed: readonly string[];
}

// What is said about a call, what Proxmox VE keeps for itself, and what has no place in a config file.
const NO_SETTINGS =
  /^(node|vmid|digest|delete|revert|force|skiplock|background_delay|import-working-storage|cdrom|lock|template|cipassword)$/;

const UUID = '6f1d0000-0000-4000-8000-0000000000aa';
const TEXTS = [
  'web',
  'two\nlines\n\nmore  ',
  ' lead',
  'tab\there',
  'a: b # c',
  '- x',
  'it\'s "so"',
  '${env.HOME} and $${x}',
  'ünï → 日本',
  '1e3',
  '0x1F',
  'null',
  '~',
  '%41',
  '{{x}}',
  'line\r\nother\rx',
  '\u0007bell\u200e',
  'trailing \n  deep\n',
  '|',
  'pvevm:lab:vm/other:99',
];
const NUMBERS = ['cpus', 'hostnodes'];

/** Values of parameters and of sub-keys that types and enums do not tell: by name, or by format. */
const VALUES: Readonly<Record<string, readonly string[]>> = {
  name: ['web-01', 'Web.example.test', '1'],
  description: TEXTS,
  tags: ['web', 'web;Prod', 'b,a', 'x y', ' '],
  affinity: ['0', '0-3', '3,1,0-1', '0,2-3'],
  args: ['-device foo,x="${y}"', '-set a.b=1', '0', "it's: #x"],
  bootdisk: ['scsi0', 'ide1'],
  ciuser: ['me', 'a b', '0', '${user}'],
  hotplug: ['1', '0', 'network,disk', 'usb;disk', 'disk,network,usb', 'memory,cpu'],
  hookscript: ['local:snippets/hook.pl'],
  nameserver: ['192.0.2.53', '192.0.2.53 2001:DB8::53', '192.0.2.1,192.0.2.2', ' '],
  searchdomain: ['example.test', 'a.test b.test', 'a.test, b.test'],
  sshkeys: [
    'ssh-ed25519%20AAAAC3NzaC1lZDI1NTE5AAAAIE%20me%40host',
    'ssh-rsa%20AAAAB3Nza%20x%0A%23%20comment%0Assh-ed25519%20AAAAC3%20y%0A',
  ],
  'parallel[n]': ['/dev/parport0', '/dev/usb/lp1'],
  'serial[n]': ['socket', '/dev/ttyS0'],
  startdate: ['now', '2026-08-01', '2026-8-1T1:2:3'],
  startup: ['1', 'order=2,up=30', 'up=5,down=600', 'down=0,order=0', 'order=any'],
  vmgenid: [UUID, UUID.toUpperCase(), '1', '0'],
  vmstatestorage: ['local-lvm'],
  cpulimit: ['1.50', '0', '2', '0.5', '128'],
  migrate_downtime: ['0.1', '0.10', '2.5', '1'],
  cpuunits: ['1024', '100', '10000', '250000', '8'],
  balloon: ['0', '16', '1024'],
  cores: ['1', '4'],
  sockets: ['1', '2'],
  'boot order': ['scsi0', 'scsi0;net0', 'net0;ide2;scsi0', 'virtio1'],
  'boot legacy': ['cdn', 'c', 'n'],
  'memory current': ['16', '512', '2048', '4097'],
  'cpu cputype': ['host', 'kvm64', 'x86-64-v2-AES', 'custom-mine', 'qemu64'],
  'cpu flags': ['+aes', '+aes;-pcid', '-pcid;+aes'],
  'cpu hv-vendor-id': ['proxmox'],
  'cpu phys-bits': ['host', '40'],
  machine: ['pc', 'q35', 'pc-q35-7.2', 'pc-i440fx-6.2+pve0'],
  'machine type': ['pc', 'q35', 'pc-q35-9.2', 'pc-i440fx-6.2', 'pc-q35-9.2+pve1', 'virt'],
  'hostpci[n] host': ['00:02.0', '0000:01:00', '01:00.0;01:00.1'],
  'hostpci[n] romfile': ['vbios.bin'],
  'hostpci[n] mdev': ['nvidia-63'],
  'usb[n] host': ['1234:ABCD', '0x1234:0xabcd', '1-1.2', 'spice', 'SPICE'],
  'ivshmem name': ['shared-1'],
  'numa[n] memory': ['512', '1024'],
  'net[n] trunks': ['2', '1-3;7', '7;1;2;3', '5-6'],
  'smbios1 uuid': [UUID],
  'watchdog model': ['i6300esb', 'ib700'],
  model: ['Some%20disk'],
  serial: ['ABC-1', '0', '12345678901234567890', 'a%20b'],
  wwn: ['0x5000c500a1b2c3d4', '0x5000C500A1B2C3D4'],
  vendor: ['ACME'],
  product: ['Disk 1', 'X'],
  size: ['32G', '528K', '1G', '33554432K', '10737418240', '1.5G', '512'],
  mbps: ['10', '1.5', '0', '0.5'],
  'mac-addr': ['BC:24:11:00:00:0A', 'bc:24:11:00:00:0b', '02:00:00:00:00:01'],
  'pve-bridge-id': ['vmbr0', 'vmbr9', 'nowhere'],
  'pve-configid': ['mapped', 'map_1-x'],
  'pve-volume-id': ['local:snippets/user.yaml'],
  'pve-ipv4-config': ['dhcp', '192.0.2.10/24', '198.51.100.7/8'],
  'pve-ipv6-config': ['dhcp', 'auto', '2001:DB8::10/64', '2001:db8:0:0::1/48'],
  ipv4: ['192.0.2.1', '203.0.113.9'],
  ipv6: ['2001:db8::1', '2001:DB8:0::FF'],
};

const DISKS = [
  'local-lvm:vm-101-disk-0',
  'ceph-pool:vm-101-disk-1',
  'local:101/vm-101-disk-2.qcow2',
  'local:101/vm-101-disk-3.raw',
  'ceph-pool:base-900-disk-0/vm-101-disk-4',
  'ceph-pool:vm-777-disk-0',
  '/dev/disk/by-id/ata-DISK',
];
const MEDIA = ['none', 'cdrom', 'cephfs:iso/nixos-minimal-25.05.iso', 'local:iso/gone.iso', '/srv/x.iso'];
const CLOUD_INIT = ['local-lvm:vm-101-cloudinit', 'local:101/vm-101-cloudinit.qcow2'];

const isDrive = (parameter: string): boolean => /^(scsi|virtio|sata|ide)\[n\]$/.test(parameter);

function textsOf(parameter: string, sub: string, fact: PropertyFact | ParameterFact): fc.Arbitrary<string> {
  const name = sub === '' ? parameter : `${parameter} ${sub}`;
  const listed = VALUES[name] ?? (NUMBERS.includes(sub) ? ['0', '0-1', '1;0', '0;2-3'] : undefined);
  if (listed !== undefined) return fc.constantFrom(...listed);
  if (fact.enum !== undefined) return fc.constantFrom(...fact.enum);
  if (fact.type === 'boolean')
    return sub === ''
      ? fc.constantFrom('0', '1')
      : fc.constantFrom('0', '1', '1', 'on', 'off', 'yes', 'no', 'true', 'false', 'Yes');
  if (fact.type === 'integer') {
    const { minimum = 0, maximum = Math.max(minimum, 0) + 4096 } = fact;
    return fc.oneof(fc.constant(minimum), fc.integer({ min: minimum, max: maximum })).map(String);
  }
  if (fact.type === 'number') {
    const { minimum = 0, maximum = 64 } = fact;
    return fc.integer({ min: Math.ceil(minimum), max: maximum }).map(String);
  }
  if (/A-Za-z0-9\+/.test(fact.pattern ?? '')) return fc.constantFrom('QUNNRSBJbmM=', 'QUNNRQ==', 'QUJD');
  const shared = VALUES[fact.format ?? ''] ?? VALUES[sub];
  if (shared !== undefined) return fc.constantFrom(...shared);
  if (/0x/.test(fact.pattern ?? '')) return fc.constantFrom('0x10de', '0x10DE');
  throw new Error(`no values for ${name}: ${JSON.stringify(fact)}`);
}

function nameFor(sub: string, format: PropertyFormat): fc.Arbitrary<string> {
  const aliases = Object.entries(format)
    .filter(([, fact]) => fact.alias === sub && fact.keyAlias === undefined)
    .map(([alias]) => alias);
  return fc.constantFrom(sub, ...aliases);
}

/** A property string in any order and any spelling; `first` stands at its beginning, for drives. */
function propertyStrings(
  parameter: string,
  format: PropertyFormat,
  { skip, first }: { skip: ReadonlySet<string>; first?: fc.Arbitrary<string> },
): fc.Arbitrary<string> {
  const subs = Object.entries(format).filter(([sub, fact]) => fact.alias === undefined && !skip.has(sub));
  const parts = subs.map(([sub, fact]) => {
    const named = fc
      .tuple(nameFor(sub, format), textsOf(parameter, sub, fact))
      .map(([name, text]) => `${name}=${text}`);
    const part = fact.default_key === 1 ? fc.oneof(named, textsOf(parameter, sub, fact)) : named;
    return fact.optional === 1 ? fc.option(part, { freq: 2, nil: undefined }) : part;
  });
  const body = fc
    .tuple(...parts)
    .map((all) => all.filter((part) => part !== undefined))
    .chain((all) => fc.shuffledSubarray(all, { minLength: all.length, maxLength: all.length }))
    .map((all) => all.slice(0, 12));
  const whole = first === undefined ? body : fc.tuple(first, body).map(([head, rest]) => [head, ...rest]);
  return whole.map((all) => all.join(',')).filter((text) => text !== '');
}

/** The interface in both of its forms: `virtio=MAC` and `model=virtio,macaddr=MAC`. */
function nics(format: PropertyFormat): fc.Arbitrary<string> {
  const others = propertyStrings('net[n]', format, { skip: new Set(['model', 'macaddr']) });
  const models = fc.constantFrom(...(format['model']?.enum ?? ['virtio']));
  const macs = fc.constantFrom(...(VALUES['mac-addr'] ?? []));
  return fc
    .tuple(models, macs, fc.boolean(), fc.option(others, { nil: undefined }))
    .map(([model, mac, isShort, rest]) =>
      [isShort ? `${model}=${mac}` : `model=${model},macaddr=${mac}`, ...(rest === undefined ? [] : [rest])].join(','),
    );
}

const DRIVE_PARTS_TOLD = new Set(['file', 'media', 'import-from', 'format']);

function drives(parameter: string, format: PropertyFormat): fc.Arbitrary<string> {
  const skip = DRIVE_PARTS_TOLD;
  const disk = propertyStrings(parameter, format, { skip, first: fc.constantFrom(...DISKS) });
  const medium = fc.constantFrom(...MEDIA).map((volume) => `${volume},media=cdrom`);
  const cloudInit = fc.constantFrom(...CLOUD_INIT).map((volume) => `${volume},media=cdrom,size=4M`);
  return parameter === 'ide[n]'
    ? fc.oneof(disk, medium, cloudInit)
    : fc.oneof({ weight: 6, arbitrary: disk }, { weight: 1, arbitrary: medium });
}

function valuesOf(parameter: string, fact: ParameterFact, facts: ApiFacts): fc.Arbitrary<string> {
  const format = facts.formats[fact.format ?? ''];
  if (format === undefined || format === 'validator') return textsOf(parameter, '', fact);
  if (isDrive(parameter)) return drives(parameter, format);
  if (parameter === 'net[n]') return nics(format);
  if (parameter === 'boot')
    return fc.oneof(
      fc.constantFrom(...(VALUES['boot order'] ?? [])).map((order) => `order=${order}`),
      fc.constantFrom('cdn', 'legacy=c', ' '),
    );
  if (parameter === 'efidisk0' || parameter === 'tpmstate0') {
    const volume = fc.constantFrom('local-lvm:vm-101-disk-7', 'local:101/vm-101-disk-8.qcow2');
    return propertyStrings(parameter, format, { skip: DRIVE_PARTS_TOLD, first: volume });
  }
  if (parameter === 'unused[n]') return fc.constant('local-lvm:vm-101-disk-9');
  return propertyStrings(parameter, format, { skip: new Set() });
}

const SLOTS: Readonly<Record<string, readonly number[]>> = {
  'ide[n]': [0, 1, 2, 3],
  'scsi[n]': [0, 7, 30],
  'virtio[n]': [0, 15],
  'sata[n]': [0, 5],
  'net[n]': [0, 1, 31],
  'ipconfig[n]': [0, 1, 31],
  'serial[n]': [0, 1, 3],
  'parallel[n]': [0, 2],
  'hostpci[n]': [0, 15],
  'usb[n]': [0, 4, 13],
  'numa[n]': [0, 1],
  'unused[n]': [0, 3],
  'virtiofs[n]': [0],
};

/** Configs of any keys that a version takes, in any spelling that it stores, with some of it pending. */
export function generatedConfigs(facts: ApiFacts): fc.Arbitrary<GeneratedConfig> {
  const endpoint = facts.endpoints.find(
    ({ path, method }) => path === '/nodes/{node}/qemu/{vmid}/config' && method === 'PUT',
  );
  const parameters = Object.entries(endpoint?.parameters ?? {}).filter(([name]) => !NO_SETTINGS.test(name));
  const setting = fc.constantFrom(...parameters).chain(([parameter, fact]) =>
    fc.tuple(
      fc.constantFrom(...(SLOTS[parameter] ?? [0])).map((slot) => parameter.replace('[n]', String(slot))),
      valuesOf(parameter, fact, facts),
    ),
  );
  const texts = fc
    .array(setting, { minLength: 1, maxLength: 30 })
    .map((settings): ConfigTexts => Object.fromEntries(settings));
  const changed = fc.array(setting, { maxLength: 6 }).map((settings): ConfigTexts => Object.fromEntries(settings));
  return fc.tuple(texts, changed).chain(([current, pending]) =>
    fc.record({
      current: fc.constant(current),
      pending: fc.constant(pending),
      removed: fc
        .subarray(Object.keys(current).slice(0, 3))
        .map((keys) => keys.filter((key) => !Object.hasOwn(pending, key) && key !== 'name')),
    }),
  );
}
