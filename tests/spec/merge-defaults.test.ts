import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Field } from '../../src/core/field.ts';
import type { Json, JsonObject } from '../../src/core/json.ts';
import { vmFields } from '../../src/generated/fields/vm.ts';
import type { Document } from '../../src/spec/document.ts';
import { expandDocument } from '../../src/spec/expand.ts';
import { mergeDefaults } from '../../src/spec/merge-defaults.ts';
import { validateDocument } from '../../src/spec/validate.ts';
import { loadOne } from './load-text.ts';

const head = 'kind: vm\nname: x\n';

function documentOf(value: JsonObject): Document {
  return { file: 'vm.yaml', range: { file: 'vm.yaml', line: 1, column: 1, length: 1 }, value, places: new Map() };
}

function merge(value: JsonObject, defaults?: JsonObject): JsonObject {
  const project = defaults === undefined ? undefined : expandDocument(documentOf(defaults), vmFields).document;
  return mergeDefaults(expandDocument(documentOf(value), vmFields).document, project, vmFields).spec;
}

describe('built-in defaults', () => {
  it('make a whole spec of a kind and a name', async () => {
    const { spec } = await loadOne(head);
    expect(spec).toEqual({
      kind: 'vm',
      name: 'x',
      onMoved: 'warn',
      onBoot: false,
      os: { type: 'l26', media: { storage: 'cephfs', latest: '*nixos-minimal*.iso' } },
      system: {
        machine: { type: 'q35' },
        bios: 'ovmf',
        scsiController: 'virtio-scsi-single',
        efi: { type: '4m', preEnrolledKeys: false },
        agent: { enabled: true },
      },
      disks: { scsi0: { storage: 'ceph-pool', size: '32GiB', format: 'raw', iothread: true, ssd: true, backup: true } },
      cpu: { cores: 2, sockets: 1, type: 'host' },
      memory: { size: '2GiB', allowKsm: true },
      network: { net0: { model: 'virtio', bridge: 'vmbr9', firewall: true } },
      console: { serial: 'socket', display: { type: 'serial0' } },
    });
  });

  it('R-57: are not taken with defaults: none', async () => {
    const { spec } = await loadOne(`${head}defaults: none\nmemory: { size: 1GiB }\n`);
    expect(spec).toEqual({ kind: 'vm', name: 'x', defaults: 'none', memory: { size: '1GiB' } });
  });

  it('imply no device where the document says {}', async () => {
    const { spec } = await loadOne(`${head}disks: {}\nnetwork: {}\n`);
    expect(spec).toMatchObject({ disks: {}, network: {} });
    expect(spec['disks']).toEqual({});
  });

  it('imply no second device where the document names one', async () => {
    const { spec } = await loadOne(`${head}disks: { virtio1: {} }\n`);
    expect(Object.keys(spec['disks'] as JsonObject)).toEqual(['virtio1']);
  });

  it('revive nothing that is written as null', async () => {
    const { spec } = await loadOne(
      `${head}console: null\nsystem: { efi: null, agent: null }\nos: { media: null }\ndisks: { scsi0: null }\ncpu: { type: null }\n`,
    );
    expect(spec).toMatchObject({
      console: null,
      system: { efi: null, agent: null },
      os: { media: null },
      disks: { scsi0: null },
      cpu: { type: null },
    });
  });

  it('fill a map that is written in part', async () => {
    const { spec } = await loadOne(`${head}system: { efi: { storage: local-lvm }, tpm: {} }\n`);
    expect(spec['system']).toMatchObject({
      efi: { storage: 'local-lvm', type: '4m', preEnrolledKeys: false },
      tpm: { version: 'v2.0' },
    });
  });

  it.each([
    ['virtio0', 'virtio-scsi-single', { iothread: true, ssd: undefined }],
    ['scsi0', 'virtio-scsi-single', { iothread: true, ssd: true }],
    ['scsi0', 'virtio-scsi-pci', { iothread: undefined, ssd: true }],
    ['sata0', 'virtio-scsi-single', { iothread: undefined, ssd: true }],
    ['ide0', 'virtio-scsi-single', { iothread: undefined, ssd: true }],
  ])('apply to a disk on %s with %s where they fit', (slot, scsiController, expected) => {
    const { disks } = merge({ kind: 'vm', name: 'x', system: { scsiController }, disks: { [slot]: {} } }) as {
      disks: Record<string, Record<string, Json>>;
    };
    expect({ iothread: disks[slot]?.['iothread'], ssd: disks[slot]?.['ssd'] }).toEqual(expected);
  });

  it.each(['seabios', null])('give no EFI disk with bios %s', (bios) => {
    expect(merge({ kind: 'vm', name: 'x', system: { bios } })['system']).not.toHaveProperty('efi');
  });
});

it('a default looks at the whole merged spec, whatever the order of the fields', () => {
  const conditional: Field = { path: 'a', key: 'a', default: 1, requires: [{ '/b': 'x' }], description: '' };
  const fields: readonly Field[] = [conditional, { path: 'b', key: 'b', default: 'y', description: '' }];
  expect(mergeDefaults(documentOf({}), undefined, fields).spec).toEqual({ b: 'y' });
  expect(mergeDefaults(documentOf({ b: 'x' }), undefined, fields).spec).toEqual({ a: 1, b: 'x' });
});

describe("the project file's defaults", () => {
  const project = (defaults: string): string => `kind: project\ndefaults:\n  vm: ${defaults}\n`;

  it('win over built-in ones, and lose to the document', async () => {
    const { spec } = await loadOne(
      `${head}cpu: { cores: 8 }\n`,
      project('{ cpu: { cores: 4, sockets: 2 }, memory: { size: 4GiB } }'),
    );
    expect(spec).toMatchObject({ cpu: { cores: 8, sockets: 2, type: 'host' }, memory: { size: '4GiB' } });
  });

  it('fill every device by "*", the implied ones too', async () => {
    const { spec } = await loadOne(
      head,
      project('{ disks: { "*": { storage: local-lvm } }, network: { "*": { bridge: vmbr0 } } }'),
    );
    expect(spec).toMatchObject({
      disks: { scsi0: { storage: 'local-lvm', size: '32GiB' } },
      network: { net0: { bridge: 'vmbr0' } },
    });
    expect(spec['disks']).not.toHaveProperty('*');
  });

  it('revive by "*" no device that is written as null, and add none', async () => {
    const { spec } = await loadOne(
      `${head}disks: { scsi0: {}, scsi1: null }\n`,
      project('{ disks: { "*": { storage: local-lvm } } }'),
    );
    expect(spec['disks']).toMatchObject({ scsi0: { storage: 'local-lvm' }, scsi1: null });
    expect(Object.keys(spec['disks'] as JsonObject)).toEqual(['scsi0', 'scsi1']);
  });

  it('are weaker by "*" than by slot', async () => {
    const { spec } = await loadOne(
      `${head}disks: { scsi0: {} }\n`,
      project('{ disks: { "*": { storage: a1, size: 1GiB }, scsi0: { storage: b1 } } }'),
    );
    expect(spec['disks']).toMatchObject({ scsi0: { storage: 'b1', size: '1GiB' } });
  });

  it('are taken with defaults: none', async () => {
    const { spec } = await loadOne(
      `${head}defaults: none\ndisks: { scsi0: {} }\n`,
      project('{ memory: { size: 4GiB }, disks: { "*": { storage: a1 } } }'),
    );
    expect(spec).toEqual({
      kind: 'vm',
      name: 'x',
      defaults: 'none',
      memory: { size: '4GiB' },
      disks: { scsi0: { storage: 'a1' } },
    });
  });

  it('may say that there is no device', async () => {
    const { spec } = await loadOne(head, project('{ network: {} }'));
    expect(spec['network']).toEqual({});
  });

  it('replace lists as a whole', async () => {
    const { spec } = await loadOne(`${head}tags: [a]\n`, project('{ tags: [b, c] }'));
    expect(spec['tags']).toEqual(['a']);
  });

  it('may use short forms', async () => {
    const { spec } = await loadOne(head, project('{ system: { agent: false } }'));
    expect(spec['system']).toMatchObject({ agent: { enabled: false } });
  });
});

it('every value knows where it came from', async () => {
  const { origins } = await loadOne(
    `${head}disks:\n  scsi0:\n    size: 64GiB\n    cache: none\ntags: [a]\n`,
    'kind: project\ndefaults:\n  vm:\n    disks:\n      "*": { storage: local-lvm }\n    cpu: { cores: 4 }\n',
  );
  const text = (pointer: string): string | undefined => origins.get(pointer)?.text;
  expect(text('/disks')).toBe('vm.yaml:3:1');
  expect(text('/disks/scsi0')).toBe('vm.yaml:4:3');
  expect(text('/disks/scsi0/size')).toBe('vm.yaml:5:11');
  expect(text('/tags/0')).toBe('vm.yaml:7:8');
  expect(text('/disks/scsi0/storage')).toBe('pvevm.yaml:5:23');
  expect(text('/cpu/cores')).toBe('pvevm.yaml:6:19');
  expect(origins.get('/cpu/type')).toEqual({ text: 'built-in default', builtIn: true });
  expect(origins.get('/os/media/latest')).toEqual({ text: 'built-in default', builtIn: true });
  expect(origins.get('/disks/scsi0/size')?.range).toEqual({ file: 'vm.yaml', line: 5, column: 11, length: 5 });
});

it('a spec and its origins speak of the same values', async () => {
  const { spec, origins } = await loadOne(
    `${head}tags: [a, b]\ndisks: [{}, { bus: virtio }]\n`,
    'kind: project\ndefaults: { vm: { disks: { "*": { storage: s1 } } } }\n',
  );
  const pointers: string[] = [];
  const walk = (value: Json, pointer: string): void => {
    if (pointer !== '') pointers.push(pointer);
    if (typeof value === 'object' && value !== null)
      for (const [key, child] of Object.entries(value)) walk(child as Json, `${pointer}/${key}`);
  };
  walk(spec, '');
  expect([...origins.keys()].sort()).toEqual(pointers.sort());
});

// Specs that the schema takes, made of what merging tells apart: slots, null, short forms, conditions.
const optional = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(value, { nil: undefined });
const disk = fc.option(
  fc.record(
    {
      size: fc.constant('8GiB'),
      storage: fc.constantFrom('a1', 'b1'),
      iothread: fc.constantFrom(true, false, null),
      cache: fc.constant('none'),
    },
    { requiredKeys: [] },
  ),
  { nil: null, freq: 5 },
);
const nic = fc.option(
  fc.record(
    { vlan: fc.integer({ min: 1, max: 4094 }), model: fc.constantFrom('virtio', 'e1000') },
    { requiredKeys: [] },
  ),
  { nil: null, freq: 5 },
);
const body = {
  tags: optional(fc.array(fc.constantFrom('a', 'b', 'c'))),
  system: optional(
    fc.record(
      {
        bios: fc.constantFrom('ovmf', 'seabios', null),
        scsiController: fc.constantFrom('virtio-scsi-single', 'lsi', null),
        agent: fc.constantFrom<Json>(true, false, null, { type: 'isa' }),
        efi: fc.constantFrom<Json>(null, {}, { type: '2m' }),
        tpm: fc.constantFrom<Json>(null, {}),
      },
      { requiredKeys: [] },
    ),
  ),
  cpu: optional(
    fc.record({ cores: fc.constantFrom(1, 4, null), type: fc.constantFrom('host', null) }, { requiredKeys: [] }),
  ),
  os: optional(
    fc.record({ media: fc.constantFrom<Json>(null, 'none', { storage: 's1', latest: '*' }) }, { requiredKeys: [] }),
  ),
  console: optional(fc.constantFrom<Json>('serial', null, { display: 'std' })),
};
const clean = (value: object): JsonObject => JSON.parse(JSON.stringify(value)) as JsonObject;
const spec = fc
  .record({
    ...body,
    disks: optional(fc.dictionary(fc.constantFrom('scsi0', 'scsi2', 'scsi10', 'virtio0', 'sata1'), disk)),
    network: optional(fc.dictionary(fc.constantFrom('net0', 'net3'), nic)),
    defaults: optional(fc.constant('none')),
  })
  .map((value) => ({ kind: 'vm', name: 'x', ...clean(value) }));
const projectDefaults = fc
  .record({
    ...body,
    disks: optional(
      fc.dictionary(
        fc.constantFrom('*', 'scsi2', 'virtio0'),
        disk.map((value) => value ?? {}),
      ),
    ),
    network: optional(
      fc.dictionary(
        fc.constantFrom('*', 'net3'),
        nic.map((value) => value ?? {}),
      ),
    ),
  })
  .map(clean);

/** The same value with the keys of every map in another order. */
function permute(value: Json, seed: number): Json {
  if (Array.isArray(value)) return value.map((item: Json) => permute(item, seed));
  if (typeof value !== 'object' || value === null) return value;
  const weight = (key: string): number =>
    [...key].reduce((sum, character) => (sum * 31 + character.charCodeAt(0) * seed) % 9973, seed);
  const keys = Object.keys(value).sort((left, right) => weight(left) - weight(right));
  return Object.fromEntries(keys.map((key) => [key, permute((value as JsonObject)[key] ?? null, seed)]));
}

describe('as a property,', () => {
  it('merging a merged spec changes nothing', () => {
    fc.assert(
      fc.property(spec, projectDefaults, (value, defaults) => {
        const once = merge(value, defaults);
        expect(merge(once, defaults)).toEqual(once);
      }),
      { numRuns: 500 },
    );
  });

  it('R-7: the order of keys never matters, to the byte', () => {
    fc.assert(
      fc.property(spec, projectDefaults, fc.integer({ min: 1, max: 9972 }), (value, defaults, seed) => {
        const permuted = merge(permute(value, seed) as JsonObject, permute(defaults, seed) as JsonObject);
        expect(JSON.stringify(permuted)).toBe(JSON.stringify(merge(value, defaults)));
      }),
      { numRuns: 500 },
    );
  });

  it('what the document writes stands', () => {
    const covers = (written: Json, merged: Json | undefined): boolean => {
      if (typeof written !== 'object' || written === null || Array.isArray(written))
        return JSON.stringify(written) === JSON.stringify(merged);
      return Object.entries(written).every(([key, value]) => covers(value, (merged as JsonObject | undefined)?.[key]));
    };
    fc.assert(
      fc.property(spec, projectDefaults, (value, defaults) => {
        expect(covers(expandDocument(documentOf(value), vmFields).document.value, merge(value, defaults))).toBe(true);
      }),
    );
  });

  it('a merged spec still keeps to the schema', async () => {
    await fc.assert(
      fc.asyncProperty(spec, projectDefaults, async (value, defaults) => {
        expect(await validateDocument('vm', documentOf(merge(value, defaults)))).toEqual([]);
      }),
    );
  });
});
