import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { examplesOf } from '../../scripts/field-examples.mjs';
import { loadSchemas } from '../../scripts/schemas.mjs';
import type { JsonObject } from '../../src/core/json.ts';
import type { Plan } from '../../src/core/plan.ts';
import { FACT_VERSIONS } from '../../src/pve/facts/load-facts.ts';
import { type Harness, startHarness } from '../harness.ts';
import { asRoot } from './as-root.ts';
import { changesOf, createByHand, destroyByHand, errorsOf } from './guests.ts';
import { makeMappings } from './make-mappings.ts';

const LONG = 300_000;
const schema = loadSchemas(join(dirname(fileURLToPath(import.meta.url)), '../../schema')).get('vm');

/** The examples of the fields of devices, console, processors, memory, machine and bursts; there are no hookscripts. */
const EXAMPLES = [...examplesOf(schema ?? {})]
  .filter(
    ([path]) =>
      /^(devices|console|cpu|memory|system|disks\.\*\.(limits|model|scsiBlock)|network\.\*\.hostTunnel)(\.|$)/.test(
        path,
      ) && !/^system\.(efi|tpm|hookscript)/.test(path),
  )
  .flatMap(([path, list]) => list.map(({ part }) => ({ path, part: part as JsonObject })))
  .map((example, index) => ({ ...example, name: `guest-${index}` }));

/** A guest for each example, without what its name and HA would say besides. */
function documents(examples: readonly { readonly name: string; readonly part: JsonObject }[]): string {
  return examples.map(({ name, part }) => stringify({ kind: 'vm', name, ha: false, ...part })).join('---\n');
}

function changesByName(plan: Plan): Readonly<Record<string, unknown>> {
  const changed = plan.resources.filter(({ changes }) => changes.length > 0);
  return Object.fromEntries(changed.map(({ address, changes }) => [address, changes]));
}

function versionsIn(details: readonly string[]): readonly number[] {
  return details.map((detail) => Number(/needs Proxmox VE (\S+) or newer/.exec(detail)?.[1]));
}

describe('every field of devices, console, processors, memory and machine', () => {
  it('has an example here', () => {
    expect(new Set(EXAMPLES.map(({ path }) => path)).size).toBeGreaterThan(100);
  });

  it.each(FACT_VERSIONS)(
    'R-9: on Proxmox VE %s, applied, plans empty, or names the version that has it',
    async (version) => {
      const harness = await startHarness({ version });
      const root = asRoot(harness.sandbox);
      try {
        await makeMappings(harness);
        const errors = errorsOf(await root.plan(documents(EXAMPLES)));
        const early = versionsIn(errors.map(({ detail }) => detail)).filter((since) => !(since > Number(version)));
        expect({ early, errors: early.length > 0 ? errors : [] }).toEqual({ early: [], errors: [] });
        const late = new Set(errors.map(({ address }) => address));
        const rest = EXAMPLES.filter(({ name }) => !late.has(`vm/${name}`));
        expect(rest.length).toBeGreaterThan(version === '9.2' ? EXAMPLES.length - 1 : 60);
        await root.apply(documents(rest));
        expect(changesByName(await root.plan(documents(rest)))).toEqual({});
      } finally {
        await root.close();
        await harness.close();
      }
    },
    LONG,
  );

  it(
    'R-9: set on a guest that is there, and left out again, plans empty each time',
    async () => {
      const harness = await startHarness();
      const root = asRoot(harness.sandbox);
      try {
        await makeMappings(harness);
        const plain = documents(EXAMPLES.map(({ name }) => ({ name, part: {} })));
        // The uuid is what tells a guest from others, and stays; a balloon must not be left above the memory.
        const changeable = EXAMPLES.filter(({ path }) => path !== 'system.smbios.uuid' && path !== 'memory');
        await root.apply(plain);
        await root.apply(documents(changeable));
        expect(changesByName(await root.plan(documents(changeable)))).toEqual({});
        await root.apply(plain);
        expect(changesByName(await root.plan(plain))).toEqual({});
      } finally {
        await root.close();
        await harness.close();
      }
    },
    LONG,
  );
});

let shared: Harness;
beforeAll(async () => {
  shared = await startHarness();
  await makeMappings(shared);
});
afterAll(() => shared.close());

const PCI = (rest: string): string => `devices: { hostpci0: { ${rest} } }`;

/** What a document says, and what a guest has that means the same. */
const SAME: readonly (readonly [spec: string, live: JsonObject])[] = [
  [PCI('mapping: gpu'), { hostpci0: 'mapping=gpu' }],
  [PCI('mapping: gpu, pcie: false, romBar: true, xVga: false'), { hostpci0: 'mapping=gpu' }],
  [PCI('mapping: gpu, pcie: true'), { hostpci0: 'pcie=on,mapping=gpu,rombar=yes' }],
  [PCI('mapping: gpu, legacyIgd: false, driver: vfio'), { hostpci0: 'mapping=gpu,driver=vfio,legacy-igd=0' }],
  [PCI('mapping: gpu, vendorId: "0x10DE"'), { hostpci0: 'mapping=gpu,vendor-id=0x10de' }],
  ['devices: { usb0: spice }', { usb0: 'spice' }],
  ['devices: { usb0: spice }', { usb0: 'host=SPICE,usb3=0' }],
  ['devices: { usb0: { mapping: stick, usb3: false } }', { usb0: 'mapping=stick' }],
  ['devices: { usb0: { mapping: stick, usb3: true } }', { usb0: 'usb3=true,mapping=stick' }],
  ['devices: { usb0: null, hostpci3: null }', {}],
  ['devices: { serial1: socket }', { serial1: 'socket' }],
  ['devices: { audio0: ich9-intel-hda }', { audio0: 'device=ich9-intel-hda' }],
  ['devices: { audio0: { device: AC97, driver: spice } }', { audio0: 'device=AC97' }],
  ['devices: { rng0: /dev/urandom }', { rng0: 'source=/dev/urandom,max_bytes=1024,period=1000' }],
  ['devices: { rng0: { source: /dev/urandom, maxBytes: 1024 } }', { rng0: '/dev/urandom' }],
  ['devices: { watchdog: i6300esb }', { watchdog: 'action=reset' }],
  ['devices: { watchdog: { action: reset } }', { watchdog: 'model=i6300esb,action=reset' }],
  ['devices: { virtiofs0: share }', { virtiofs0: 'dirid=share,cache=auto,direct-io=0' }],
  ['devices: { virtiofs0: { mapping: share, exposeAcl: true } }', { virtiofs0: 'share,expose-acl=yes' }],
  ['console: { display: { type: std, memory: null } }', { vga: 'std' }],
  ['console: { display: { memory: 64MiB } }', { vga: 'type=std,memory=64' }],
  ['console: { display: { type: std, clipboard: vnc } }', { vga: 'clipboard=vnc' }],
  ['cpu: { physBits: 40 }', { cpu: 'host,phys-bits=40' }],
  ['cpu: { physBits: host, hvVendorId: proxmox }', { cpu: 'host,hv-vendor-id=proxmox,phys-bits=host' }],
  [
    'cpu: { numa: true, numaNodes: { numa0: { cpus: "0-2;3", memory: 2GiB } } }',
    { numa: 1, numa0: 'memory=2048,cpus=0-3' },
  ],
  ['system: { machine: { type: q35, viommu: virtio } }', { machine: 'viommu=virtio,type=q35' }],
  ['system: { machine: { enableS3: false } }', { machine: 'pc,enable-s3=off' }],
  ['system: { hotplug: [network, disk, usb] }', {}],
  ['system: { hotplug: [network, disk, usb] }', { hotplug: '1' }],
  ['system: { hotplug: [usb, disk, network] }', { hotplug: 'usb,network,disk' }],
  ['system: { hotplug: [] }', { hotplug: '0' }],
  ['system: { acpi: true, kvm: true, tablet: true, reboot: true, freezeAtStart: false, startDate: now }', {}],
  ['system: { localTime: false }', { ostype: 'l26' }],
  ['system: { localTime: true }', { ostype: 'win11' }],
  ['system: { localTime: true }', { ostype: 'win11', localtime: 1 }],
  ['system: { vmGenId: true }', {}],
  [
    'system: { smbios: { manufacturer: Example, serial: "1 2" } }',
    { smbios1: `uuid=6a6d6f2e-2d6d-4c56-9d2b-0f5c4c1f7f11,base64=1,manufacturer=RXhhbXBsZQ==,serial=MSAy` },
  ],
  [
    'system: { smbios: { manufacturer: Example } }',
    { smbios1: 'manufacturer=Example,uuid=6a6d6f2e-2d6d-4c56-9d2b-0f5c4c1f7f11' },
  ],
  [
    'system: { smbios: { uuid: 6A6D6F2E-2d6d-4c56-9d2b-0f5c4c1f7f11 } }',
    { smbios1: 'uuid=6a6d6f2e-2d6d-4c56-9d2b-0f5c4c1f7f11' },
  ],
  ['system: { smbios: null }', { smbios1: 'uuid=6a6d6f2e-2d6d-4c56-9d2b-0f5c4c1f7f11' }],
];

it.each(SAME)('R-8 R-55: %s means the same as %j, and is no change', async (spec, live) => {
  await createByHand(shared, 100, { name: 'same', description: 'pvevm:-:vm/same:100', tags: 'pvevm', ...live });
  try {
    const plan = await shared.plan(`kind: vm\nname: same\ndefaults: none\n${spec}\n`);
    expect(errorsOf(plan)).toEqual([]);
    expect(changesOf(plan)).toEqual([]);
  } finally {
    await destroyByHand(shared, 100);
  }
});
