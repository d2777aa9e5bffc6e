import fc from 'fast-check';
import type { Field } from '../../src/core/field.ts';
import type { Json, JsonObject } from '../../src/core/json.ts';
import { fits } from '../../src/core/requires.ts';
import { vmFields } from '../../src/generated/fields/vm.ts';

const GIB_SIZES = ['1GiB', '512MiB', '32G', '1536MiB', '1.5GiB', '100KiB', '1TiB'];

/** Values for fields whose codec alone does not say what is valid. */
const BY_PATH: Readonly<Record<string, readonly Json[]>> = {
  'os.type': ['l26', 'other', 'win11', 'l24'],
  'os.media': ['none', 'local:iso/debian-13.iso', { storage: 'cephfs', latest: '*nixos*' }],
  'system.machine': ['q35', 'pc', 'pc-q35-9.2'],
  'system.bios': ['ovmf', 'seabios'],
  'system.scsiController': ['virtio-scsi-single', 'virtio-scsi-pci', 'lsi'],
  'system.efi.storage': ['ceph-pool', 'local-lvm'],
  'system.efi.type': ['2m', '4m'],
  'system.tpm.storage': ['ceph-pool', 'local-lvm'],
  'system.tpm.version': ['v1.2', 'v2.0'],
  'system.agent.type': ['virtio', 'isa'],
  'disks.*.storage': ['ceph-pool', 'local-lvm'],
  'disks.*.format': ['raw'],
  'disks.*.aio': ['io_uring', 'native', 'threads'],
  'disks.*.cache': ['none', 'writeback', 'unsafe'],
  'disks.*.queues': [2, 8],
  'disks.*.serial': ['ABC-1', '0'],
  'disks.*.wwn': ['0x5000c500a1b2c3d4'],
  'disks.*.vendor': ['ACME'],
  'disks.*.product': ['Disk 1'],
  'disks.*.readError': ['ignore', 'report', 'stop'],
  'disks.*.writeError': ['enospc', 'stop'],
  'cpu.cores': [1, 2, 4],
  'cpu.sockets': [1, 2],
  'cpu.vcpus': [1],
  'cpu.type': ['host', 'kvm64', 'x86-64-v2-AES'],
  'cpu.flags': [['+aes'], ['-pcid', '+aes']],
  'cpu.limit': [0, 1.5, 128],
  'cpu.units': [100, 1024],
  'memory.size': ['512MiB', '2GiB', '16MiB', '4G'],
  'memory.balloon': [false, '16MiB'],
  'memory.shares': [0, 1000, 2000],
  'network.*.model': ['virtio', 'e1000', 'rtl8139'],
  'network.*.bridge': ['vmbr0', 'vmbr9'],
  'network.*.vlan': [1, 4094],
  'network.*.trunks': [[3, '10-20'], [1]],
  'network.*.mtu': [1, 1500],
  'network.*.rate': [0.5, 100],
  'network.*.queues': [0, 4],
  'console.serial': ['socket', null],
  'console.display': ['std', 'none', 'virtio'],
  'startup.order': [0, 3],
};

// What only root@pam may set, and what is tried by itself: it needs other values.
const LEFT_OUT = new Set(['name', 'cpu.affinity', 'memory.hugepages', 'boot', 'system.efi.format', 'system.efi']);

function valuesOf(field: Field): fc.Arbitrary<Json> {
  const listed = BY_PATH[field.path];
  if (listed !== undefined) return fc.constantFrom(...listed);
  switch (field.codec) {
    case 'boolean':
    case 'discard':
      return fc.boolean();
    case 'size':
      return fc.constantFrom(...GIB_SIZES);
    case 'seconds':
      return fc.constantFrom('30s', '2m', '1h', '0s');
    case 'number':
      return fc.constantFrom(1, 0.5, 100);
    case 'integer':
      return fc.integer({ min: 1, max: 50 });
    case 'tags':
      return fc.uniqueArray(fc.constantFrom('web', 'Prod', 'a.b', '1', 'x_y'), { maxLength: 4 });
    case 'description':
      return fc.constantFrom('Shop', 'two\nlines\n', '', '  lead', 'ünï: 50% #x\n\n- a', 'pvevm: x', '0');
    case 'mac':
      return fc.constantFrom('bc:24:11:00:00:0a', 'BC:24:11:AA:BB:CC', '02:00:00:00:00:01');
    default:
      throw new Error(`no values for ${field.path} (${field.codec})`);
  }
}

const TREE = vmFields.filter(
  (field) =>
    field.key !== false &&
    field.codec !== undefined &&
    field.codec !== 'volume' &&
    field.codec !== 'nic' &&
    !LEFT_OUT.has(field.path),
);

function put(target: Record<string, Json>, path: readonly string[], value: Json): void {
  const [first = '', ...rest] = path;
  if (rest.length === 0) {
    target[first] = value;
    return;
  }
  const child = { ...((target[first] ?? {}) as JsonObject) };
  put(child, rest, value);
  target[first] = child;
}

function fitting(field: Field, spec: JsonObject, slot: string | undefined): boolean {
  const defaults = { system: { bios: 'ovmf', scsiController: 'virtio-scsi-single', ...(spec['system'] as object) } };
  if (!fits(field, { ...spec, ...defaults } as JsonObject, slot)) return false;
  const nic = slot === undefined ? undefined : ((spec['network'] as JsonObject | undefined)?.[slot] as JsonObject);
  return !/^network\.\*\.(mtu|queues)$/.test(field.path) || (nic?.['model'] ?? 'virtio') === 'virtio';
}

/** A spec of the chosen fields, with what does not fit each other left out. */
function assemble(picks: readonly (readonly [Field, string | undefined, Json])[]): JsonObject {
  const spec: Record<string, Json> = {};
  // Conditions look at other values, so what they look at comes first.
  const ordered = [...picks].sort(
    ([left], [right]) => Number(left.requires !== undefined) - Number(right.requires !== undefined),
  );
  const late = /^network\.\*\.(mtu|queues)$/;
  for (const [field, slot, value] of [
    ...ordered.filter(([f]) => !late.test(f.path)),
    ...ordered.filter(([f]) => late.test(f.path)),
  ]) {
    if (field.path.startsWith('system.efi.') && (spec['system'] as JsonObject | undefined)?.['bios'] === 'seabios')
      continue;
    if (!fitting(field, spec, slot)) continue;
    const path = field.path.split('.').map((part) => (part === '*' ? (slot as string) : part));
    const limits = (
      path[0] === 'disks' ? ((spec['disks'] as JsonObject)?.[slot ?? ''] as JsonObject)?.['limits'] : undefined
    ) as JsonObject | undefined;
    const last = path.at(-1) ?? '';
    // A total excludes limits of reads and writes apart.
    if (limits !== undefined && /^(mbps|iops)/.test(last)) {
      const family = last.slice(0, 4);
      const others = Object.keys(limits).filter((name) => name.startsWith(family));
      if (last === family ? others.length > 0 : others.includes(family)) continue;
    }
    put(spec, path, value);
  }
  return spec;
}

const DISK_SLOTS = ['scsi0', 'scsi7', 'virtio0', 'sata1', 'ide0'];
const NET_SLOTS = ['net0', 'net3'];

function slotsOf(field: Field): readonly (string | undefined)[] {
  if (field.path.startsWith('disks.*')) return DISK_SLOTS;
  if (field.path.startsWith('network.*')) return NET_SLOTS;
  return [undefined];
}

const PICK = fc
  .constantFrom(...TREE)
  .chain((field) => fc.tuple(fc.constant(field), fc.constantFrom(...slotsOf(field)), valuesOf(field)));

/** Valid specs of guests over all fields of the schema, without kind and name. */
export const specs: fc.Arbitrary<JsonObject> = fc.array(PICK, { minLength: 1, maxLength: 25 }).map(assemble);

/** How often a property is tried: 25 times, 1,000 where PVEVM_TEST_LONG is set; always from the same seed. */
export const RUNS: { readonly seed: number; readonly numRuns: number } = {
  seed: 20_260_801,
  numRuns: process.env['PVEVM_TEST_LONG'] === undefined ? 25 : 1000,
};
