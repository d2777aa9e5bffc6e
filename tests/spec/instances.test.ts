import { describe, expect, it } from 'vitest';
import type { Resource } from '../../src/core/resource.ts';
import { startHarness } from '../harness.ts';
import { complain } from './complain.ts';
import { loadFiles } from './load-text.ts';

async function instancesOf(
  text: string,
  variables: Readonly<Record<string, string>> = {},
  files: Readonly<Record<string, string>> = {},
): Promise<readonly Resource[]> {
  const options = { variables: new Map(Object.entries(variables)) };
  const { resources, diagnostics } = await loadFiles({ 'vm.yaml': text, ...files }, ['vm.yaml'], '', options);
  expect(diagnostics).toEqual([]);
  return resources;
}

const addresses = (resources: readonly Resource[]): readonly string[] => resources.map(({ address }) => address);

describe('instances', () => {
  it('are numbered from 1, and named by their number', async () => {
    const resources = await instancesOf(
      'kind: vm\nname: worker\ninstances: 3\ndescription: no. ${index} of ${index:03}\n',
    );
    expect(addresses(resources)).toEqual(['vm/worker-01', 'vm/worker-02', 'vm/worker-03']);
    expect(resources.map(({ spec }) => spec['description'])).toEqual(['no. 1 of 001', 'no. 2 of 002', 'no. 3 of 003']);
    expect(Object.keys(resources[0]?.spec ?? {})).not.toContain('instances');
  });

  it('may be numbered from elsewhere, and have the number anywhere in their name', async () => {
    const text = 'kind: vm\nname: w${index}-lab\ninstances: { from: 9, to: 11 }\n';
    expect(addresses(await instancesOf(text))).toEqual(['vm/w9-lab', 'vm/w10-lab', 'vm/w11-lab']);
  });

  it('may be none, or one, which is numbered too', async () => {
    expect(await instancesOf('kind: vm\nname: w\ninstances: 0\n')).toEqual([]);
    expect(addresses(await instancesOf('kind: vm\nname: w\ninstances: 1\nvmid: 130\n'))).toEqual(['vm/w-01']);
  });

  it('may be as many as a variable says', async () => {
    const text = 'kind: vm\nname: ${var.prefix}\ninstances: "${var.count}"\nvars: { prefix: w }\n';
    expect(addresses(await instancesOf(text, { count: '2' }))).toEqual(['vm/w-01', 'vm/w-02']);
    const range = 'kind: vm\nname: w\ninstances: { from: 2, to: "${var.last}" }\n';
    expect(addresses(await instancesOf(range, { last: '3' }))).toEqual(['vm/w-02', 'vm/w-03']);
  });

  it('have ids in order from vmid.from on, or made from the index', async () => {
    const ids = async (text: string) => (await instancesOf(text)).map(({ spec }) => spec['vmid']);
    expect(await ids('kind: vm\nname: w\ninstances: { from: 5, to: 7 }\nvmid: { from: 200 }\n')).toEqual([
      200, 201, 202,
    ]);
    expect(await ids('kind: vm\nname: w\ninstances: 2\nvmid: 30${index}\n')).toEqual([301, 302]);
    expect(await ids('kind: vm\nname: w\nvmid: { from: 200 }\n')).toEqual([200]);
    expect(
      await ids('kind: vm\nname: w\nvars: { first: 400 }\ninstances: 2\nvmid: { from: "${var.first}" }\n'),
    ).toEqual([400, 401]);
  });

  it('take numbers made from the index as numbers', async () => {
    const [first, second] = await instancesOf(
      'kind: vm\nname: w\ninstances: 2\ncpu: { cores: "${index}" }\nnetwork: { net0: { vlan: "1${index:02}" } }\n',
    );
    expect(first?.spec).toMatchObject({ cpu: { cores: 1 }, network: { net0: { vlan: 101 } } });
    expect(second?.spec).toMatchObject({ cpu: { cores: 2 }, network: { net0: { vlan: 102 } } });
  });

  it('know where their values come from', async () => {
    const [first] = await instancesOf('kind: vm\nname: w\ninstances: 1\nvmid: { from: 200 }\n');
    expect(first?.origins.get('/name')?.text).toBe('vm.yaml:2:7, from ${index}');
    expect(first?.origins.get('/vmid')?.text).toBe('vm.yaml:4:15');
  });

  it('may come from a base', async () => {
    const files = { 'base.yaml': 'kind: vm\ninstances: 2\nvmid: { from: 300 }\ndescription: ${index}\n' };
    const resources = await instancesOf('extends: base.yaml\nname: w\n', {}, files);
    expect(resources.map(({ name, spec }) => [name, spec['vmid'], spec['description']])).toEqual([
      ['w-01', 300, '1'],
      ['w-02', 301, '2'],
    ]);
  });
});

describe('each', () => {
  it('makes a guest of every entry', async () => {
    const text =
      'kind: vm\nname: ${each.name}-${index}\nvars: { net: lab }\neach:\n  - { name: a, size: 8GiB, tags: [x], pool: "${var.net}" }\n  - { name: b, size: 16GiB, tags: [y, z], pool: p }\ndisks: { scsi0: { size: "${each.size}" } }\ntags: ${each.tags}\npool: ${each.pool}\n';
    const resources = await instancesOf(text);
    expect(addresses(resources)).toEqual(['vm/a-1', 'vm/b-2']);
    expect(resources.map(({ spec }) => [spec['pool'], spec['tags']])).toEqual([
      ['lab', ['x']],
      ['p', ['y', 'z']],
    ]);
    expect(resources[1]?.spec).toMatchObject({ disks: { scsi0: { size: '16GiB' } } });
    expect(Object.keys(resources[0]?.spec ?? {})).not.toContain('each');
  });

  it('adds the number to a name that does not tell the guests apart', async () => {
    const text = 'kind: vm\nname: w\neach: [{ pool: a }, { pool: b }]\npool: ${each.pool}\n';
    expect(addresses(await instancesOf(text))).toEqual(['vm/w-01', 'vm/w-02']);
  });

  it('may be a list of a file of variables', async () => {
    const files = { 'workers.vars': 'workers: [{ name: a, cores: 1 }, { name: b, cores: 2 }]\n' };
    const text = 'kind: vm\nname: ${each.name}\neach: ${var.workers}\ncpu: { cores: "${each.cores}" }\n';
    const { resources, diagnostics } = await loadFiles({ 'vm.yaml': text, ...files }, ['vm.yaml'], '', {
      variableFiles: ['workers.vars'],
    });
    expect(diagnostics).toEqual([]);
    expect(resources.map(({ name, spec }) => [name, spec['cpu']])).toMatchObject([
      ['a', { cores: 1 }],
      ['b', { cores: 2 }],
    ]);
  });
});

describe('R-17: validate explains', () => {
  it('one vmid for several instances', async () => {
    expect(await complain('kind: vm\nname: w\ninstances: 3\nvmid: 200\n')).toMatchInlineSnapshot(`
      "vm.yaml:4:7: error: one vmid for several instances [PVEVM-SPEC-INVALID]
        Each of the 3 instances needs an id of its own. Write vmid: {from: 200}, which numbers them in order, or leave vmid out.

          3 | instances: 3
          4 | vmid: 200
            |       ^^^

      1 error
      "
    `);
  });

  it('too many instances, and a range that is none', async () => {
    expect(await complain('kind: vm\nname: w\ninstances: 1001\n')).toMatchInlineSnapshot(`
      "vm.yaml:3:12: error: out of range [PVEVM-SPEC-INVALID]
        instances is 1001; it takes 0 to 1000.

          2 | name: w
          3 | instances: 1001
            |            ^^^^

      1 error
      "
    `);
    expect(await complain('kind: vm\nname: w\ninstances: { from: 1, to: 2000 }\n')).toMatchInlineSnapshot(`
      "vm.yaml:3:12: error: too many instances [PVEVM-SPEC-INVALID]
        One document may make 1000 resources, and this one makes 2000.

          2 | name: w
          3 | instances: { from: 1, to: 2000 }
            |            ^^^^^^^^^^^^^^^^^^^^^

      1 error
      "
    `);
    expect(await complain('kind: vm\nname: w\ninstances: { from: 3, to: 2 }\n')).toMatchInlineSnapshot(`
      "vm.yaml:3:12: error: wrong range [PVEVM-SPEC-INVALID]
        instances goes from 3 to 2, which is less. Write {from: 2, to: 3}.

          2 | name: w
          3 | instances: { from: 3, to: 2 }
            |            ^^^^^^^^^^^^^^^^^^

      1 error
      "
    `);
    expect(await complain('kind: vm\nname: w\ninstances: { from: 3 }\n')).toMatchInlineSnapshot(`
      "vm.yaml:3:1: error: missing key [PVEVM-SPEC-INVALID]
        instances needs the key to. The number of the last instance.

          2 | name: w
          3 | instances: { from: 3 }
            | ^^^^^^^^^

      1 error
      "
    `);
    expect(await complain('kind: vm\nname: w\ninstances: three\n')).toMatchInlineSnapshot(`
      "vm.yaml:3:12: error: wrong type [PVEVM-SPEC-INVALID]
        instances takes a whole number or a map; here stands "three".

          2 | name: w
          3 | instances: three
            |            ^^^^^

      1 error
      "
    `);
  });

  it('instances beside each, and entries that are no maps', async () => {
    expect(await complain('kind: vm\nname: w\ninstances: 2\neach: [{ a: 1 }]\n')).toMatchInlineSnapshot(`
      "vm.yaml:3:1: error: two ways to repeat [PVEVM-SPEC-INVALID]
        A document has instances, or each, and not both: each makes one resource of every entry.

          2 | name: w
          3 | instances: 2
            | ^^^^^^^^^

      1 error
      "
    `);
    expect(await complain('kind: vm\nname: w\neach: [a, b]\n')).toMatchInlineSnapshot(`
      "vm.yaml:3:8: error: wrong type [PVEVM-SPEC-INVALID]
        each[0] takes a map; here stands "a".

          2 | name: w
          3 | each: [a, b]
            |        ^

      vm.yaml:3:11: error: wrong type [PVEVM-SPEC-INVALID]
        each[1] takes a map; here stands "b".

          2 | name: w
          3 | each: [a, b]
            |           ^

      2 errors
      "
    `);
  });

  it('a key that an entry lacks', async () => {
    expect(
      await complain('kind: vm\nname: w-${index}\neach: [{ zone: a }, { zoen: b }]\ndescription: ${each.zone}\n'),
    ).toMatchInlineSnapshot(`
      "vm.yaml:4:14: error: undefined variable [PVEVM-SPEC-INVALID]
        Entry 2 of each has no key zone. Did you mean zoen?

          3 | each: [{ zone: a }, { zoen: b }]
          4 | description: \${each.zone}
            |              ^^^^^^^^^^^^

      1 error
      "
    `);
  });

  it('instances of one name, and of one vmid', async () => {
    expect(await complain('kind: vm\nname: ${each.zone}\neach: [{ zone: a }, { zone: a }]\n')).toMatchInlineSnapshot(`
      "vm.yaml:2:7: error: duplicate document [PVEVM-SPEC-DUPLICATE]
        vm/a is described already: both are instances of this document. Tell them apart by \${index}, or by a key of each in which they differ.

          1 | kind: vm
          2 | name: \${each.zone}
            |       ^^^^^^^^^^^^

      1 error
      "
    `);
    expect(
      await complain('kind: vm\nname: w\nvmid: ${each.id}\neach: [{ id: 200 }, { id: 200 }]\n'),
    ).toMatchInlineSnapshot(`
      "vm.yaml:3:7: error: duplicate vmid [PVEVM-SPEC-DUPLICATE]
        The vmid 200 belongs to vm/w-01 already: both are instances of this document. Tell them apart by \${index}, or by a key of each in which they differ.

          2 | name: w
          3 | vmid: \${each.id}
            |       ^^^^^^^^^^

      1 error
      "
    `);
  });

  it('an instance and a document of one address, with both places', async () => {
    expect(
      await complain({ 'a.yaml': 'kind: vm\nname: w-02\n', 'b.yaml': 'kind: vm\nname: w\ninstances: 2\n' }),
    ).toMatchInlineSnapshot(`
      "b.yaml:2:7: error: duplicate document [PVEVM-SPEC-DUPLICATE]
        vm/w-02 is described already at a.yaml:2:7.

          1 | kind: vm
          2 | name: w
            |       ^

      1 error
      "
    `);
  });

  it('a mistake that all instances share, once', async () => {
    expect(await complain('kind: vm\nname: w\ninstances: 3\ncpu: { cores: none }\n')).toMatchInlineSnapshot(`
      "vm.yaml:4:15: error: wrong type [PVEVM-SPEC-INVALID]
        cpu.cores takes a whole number; here stands "none".

          3 | instances: 3
          4 | cpu: { cores: none }
            |               ^^^^

      1 error
      "
    `);
  });

  it('a name that is none for some numbers only', async () => {
    expect(await complain('kind: vm\nname: "w_${index}"\ninstances: 2\n')).toMatchInlineSnapshot(`
      "vm.yaml:2:7: error: wrong form [PVEVM-SPEC-INVALID]
        name cannot be "w_1". The guest's name: a DNS name, of letters, digits, hyphens and dots, as in web-01. Unique among the documents of a project. The value is from \${index}.

          1 | kind: vm
          2 | name: "w_\${index}"
            |       ^^^^^^^^^^^^

      vm.yaml:2:7: error: wrong form [PVEVM-SPEC-INVALID]
        name cannot be "w_2". The guest's name: a DNS name, of letters, digits, hyphens and dots, as in web-01. Unique among the documents of a project. The value is from \${index}.

          1 | kind: vm
          2 | name: "w_\${index}"
            |       ^^^^^^^^^^^^

      2 errors
      "
    `);
  });
});

it('R-51: a large document of many instances is refused before they are made', async () => {
  const tags = Array.from({ length: 1100 }, (_, index) => `t${index}`).join(', ');
  const { diagnostics } = await loadFiles({ 'vm.yaml': `kind: vm\nname: w\ninstances: 1000\ntags: [${tags}]\n` });
  expect(diagnostics.map(({ summary }) => summary)).toEqual(['too many instances']);
});

it('a larger number of instances adds guests at the end, and leaves the others alone', async () => {
  const harness = await startHarness();
  try {
    const text = (count: number) => `kind: vm\nname: w\ninstances: ${count}\nvmid: { from: 200 }\n`;
    await harness.apply(text(2));
    expect((await harness.plan(text(2))).summary).toMatchObject({ add: 0, change: 0, destroy: 0 });
    const plan = await harness.plan(text(3));
    expect(plan.resources.map(({ address, action, vmid }) => [address, action, vmid])).toEqual([
      ['vm/w-01', 'none', 200],
      ['vm/w-02', 'none', 201],
      ['vm/w-03', 'create', 202],
    ]);
  } finally {
    await harness.close();
  }
});

describe('R-51: the resources of one run are bounded', () => {
  it('where several documents make instances', { timeout: 60_000 }, async () => {
    const documents = Array.from(
      { length: 11 },
      (_, index) => `kind: vm\nname: w${index}\ninstances: 1000\ndefaults: none\n`,
    );
    const { resources, diagnostics } = await loadFiles({ 'vm.yaml': documents.join('---\n') });
    expect(resources).toHaveLength(10_000);
    expect(diagnostics).toEqual([
      {
        severity: 'error',
        code: 'SPEC_INVALID',
        summary: 'too many resources',
        detail:
          'One run may describe 10000 resources, and this document makes it 11000. Name fewer documents, and run pvevm for the others apart.',
        range: { file: 'vm.yaml', line: 53, column: 12, length: 4 },
        pointer: '/instances',
      },
    ]);
  });

  it('where there are as many documents, and says so once', { timeout: 60_000 }, async () => {
    const documents = Array.from({ length: 10_005 }, (_, index) => `kind: vm\nname: w${index}\ndefaults: none\n`);
    const { diagnostics } = await loadFiles({ 'vm.yaml': documents.join('---\n') });
    expect(diagnostics.map(({ summary, range }) => [summary, range?.line])).toEqual([['too many resources', 40_001]]);
  });
});
