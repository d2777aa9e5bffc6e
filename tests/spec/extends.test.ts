import { describe, expect, it } from 'vitest';
import { complain } from './complain.ts';
import { loadFiles } from './load-text.ts';

const BASE = 'kind: vm\ncpu: { cores: 2, type: host }\ntags: [base]\nsystem: { agent: true }\n';

async function load(files: Readonly<Record<string, string>>, inputs: readonly string[] = []) {
  const { resources, diagnostics, files: texts } = await loadFiles(files, inputs);
  expect(diagnostics).toEqual([]);
  return { resources, texts };
}

describe('a document over its base', () => {
  it('merges maps, and replaces lists and scalars', async () => {
    const files = {
      'base.yaml': `${BASE}disks: { scsi0: { size: 8GiB, ssd: false }, scsi1: { size: 1GiB } }\n`,
      'vm.yaml':
        'extends: ./base.yaml\nname: web-01\ncpu: { cores: 4 }\ntags: [web]\ndisks: { scsi0: { size: 16GiB }, scsi2: { size: 2GiB } }\n',
    };
    const { resources } = await load(files);
    expect(resources.map(({ address }) => address)).toEqual(['vm/web-01']);
    expect(resources[0]?.spec).toMatchObject({
      cpu: { cores: 4, type: 'host' },
      tags: ['web'],
      disks: { scsi0: { size: '16GiB', ssd: false }, scsi1: { size: '1GiB' }, scsi2: { size: '2GiB' } },
    });
    expect(Object.keys(resources[0]?.spec ?? {})).not.toContain('extends');
  });

  it('keeps null as null, and lets null be replaced', async () => {
    const files = {
      'base.yaml': `${BASE}description: text\npool: null\n`,
      'vm.yaml': 'extends: base.yaml\nname: a\ndescription: null\ntags: null\npool: lab\n',
    };
    const { resources } = await load(files, ['vm.yaml']);
    expect(resources[0]?.spec).toMatchObject({ description: null, tags: null, pool: 'lab' });
  });

  it('writes a short form out where the other side is a map', async () => {
    const files = {
      'base.yaml': 'kind: vm\nsystem: { agent: { fstrimClonedDisks: false } }\n',
      'short.yaml': 'kind: vm\nsystem: { agent: true }\n',
      'a.yaml': 'extends: base.yaml\nname: a\nsystem: { agent: false }\n',
      'b.yaml': 'extends: short.yaml\nname: b\nsystem: { agent: { fstrimClonedDisks: false } }\n',
    };
    const { resources } = await load(files);
    expect(resources.map(({ spec }) => spec['system'])).toMatchObject([
      { agent: { enabled: false, fstrimClonedDisks: false } },
      { agent: { enabled: true, fstrimClonedDisks: false } },
    ]);
  });

  it('stands over several bases, of which the later win, and over bases of bases', async () => {
    const files = {
      'bases/a.yaml': 'kind: vm\ndescription: a\npool: a\nnode: a\n',
      'bases/b.yaml': 'extends: deep/c.yaml\npool: b\n',
      'bases/deep/c.yaml': 'description: c\npool: c\n',
      'vm.yaml': 'extends: [bases/a.yaml, ./bases/b.yaml]\nname: a\n',
    };
    const { resources } = await load(files);
    expect(resources).toHaveLength(1);
    expect(resources[0]?.spec).toMatchObject({ description: 'c', pool: 'b', node: 'a' });
  });

  it('knows from which file each value comes, and has its text', async () => {
    const files = {
      'base.yaml': BASE,
      'web/vm.yaml': 'extends: ../base.yaml\nname: web-01\ncpu: { cores: 4 }\n',
    };
    const { resources, texts } = await load(files, ['web']);
    const origins = resources[0]?.origins;
    expect(origins?.get('/cpu/cores')?.text).toBe('web/vm.yaml:3:15');
    expect(origins?.get('/cpu/type')?.text).toBe('base.yaml:2:24');
    expect(origins?.get('/tags')?.text).toBe('base.yaml:3:7');
    expect(texts.get('base.yaml')).toBe(BASE);
  });

  it('gives the placeholders of its base their variables; files are found beside the base', async () => {
    const files = {
      'b/base.yaml':
        'kind: vm\nvars: { pool: none, unused: 1 }\npool: ${var.pool}\ndescription: ${file:note.txt}\nnode: ${env.NOT_ASKED}\n',
      'b/note.txt': 'from b\n',
      'vm.yaml': 'extends: b/base.yaml\nname: a\nvars: { pool: lab }\nnode: pve1\n',
    };
    const { resources } = await load(files);
    expect(resources[0]?.spec).toMatchObject({ pool: 'lab', description: 'from b', node: 'pve1' });
    expect(resources[0]?.origins.get('/pool')?.text).toBe('b/base.yaml:3:7, from ${var.pool}');
  });

  it('leaves alone a base that has a name, and takes no name from it', async () => {
    const files = { 'a.yaml': `${BASE}name: a\n`, 'b.yaml': 'extends: a.yaml\nname: b\n' };
    expect((await load(files)).resources.map(({ address }) => address)).toEqual(['vm/a', 'vm/b']);
  });
});

describe('R-17: validate explains', () => {
  it('a base that does not exist, holds several documents, or is no YAML', async () => {
    const files = {
      'a.yaml': 'kind: vm\nname: a\nextends: [./no.yaml, two.yml, bad.txt]\n',
      'two.yml': 'kind: vm\n---\nkind: vm\n',
      'bad.txt': 'cpu: [\n',
    };
    expect(await complain(files, ['a.yaml'])).toMatchInlineSnapshot(`
      "a.yaml:3:11: error: cannot read file [PVEVM-SPEC-INVALID]
        no.yaml cannot be read. It does not exist.

          2 | name: a
          3 | extends: [./no.yaml, two.yml, bad.txt]
            |           ^^^^^^^^^

      a.yaml:3:22: error: no base [PVEVM-SPEC-INVALID]
        A base is a file with one document. two.yml holds 2 documents.

          2 | name: a
          3 | extends: [./no.yaml, two.yml, bad.txt]
            |                      ^^^^^^^

      bad.txt:1:7: error: bracket not closed [PVEVM-SPEC-SYNTAX]
        A { or [ is opened above, and not closed. Inside them, values that hold brackets or commas want quotes.

          1 | cpu: [
            |       ^

      3 errors
      "
    `);
  });

  it('a cycle of bases, with the whole chain', async () => {
    const files = {
      'a.yaml': 'kind: vm\nname: a\nextends: b.yaml\n',
      'b.yaml': 'extends: c.yaml\n',
      'c.yaml': 'pool: lab\nextends: b.yaml\n',
    };
    expect(await complain(files, ['a.yaml'])).toMatchInlineSnapshot(`
      "c.yaml:2:10: error: cycle of bases [PVEVM-SPEC-INVALID]
        b.yaml extends c.yaml, which extends b.yaml.

          1 | pool: lab
          2 | extends: b.yaml
            |          ^^^^^^

      1 error
      "
    `);
    expect(await complain(files)).toMatchInlineSnapshot(`
      "c.yaml:2:10: error: cycle of bases [PVEVM-SPEC-INVALID]
        b.yaml extends c.yaml, which extends b.yaml.

          1 | pool: lab
          2 | extends: b.yaml
            |          ^^^^^^

      1 error
      "
    `);
    expect(await complain({ 'a.yaml': 'kind: vm\nname: a\nextends: a.yaml\n' })).toMatchInlineSnapshot(`
      "a.yaml:3:10: error: cycle of bases [PVEVM-SPEC-INVALID]
        a.yaml extends itself.

          2 | name: a
          3 | extends: a.yaml
            |          ^^^^^^

      1 error
      "
    `);
  });

  it('what is no path', async () => {
    expect(await complain('kind: vm\nname: a\nextends: 3\n')).toMatchInlineSnapshot(`
      "vm.yaml:3:10: error: wrong type [PVEVM-SPEC-INVALID]
        extends takes the path of a file, or a list of paths; here stands 3.

          2 | name: a
          3 | extends: 3
            |          ^

      1 error
      "
    `);
    expect(await complain('kind: vm\nname: a\nextends: ["${env.A}.yaml"]\n')).toMatchInlineSnapshot(`
      "vm.yaml:3:11: error: placeholder not allowed here [PVEVM-SPEC-INVALID]
        extends holds no placeholders: which files a document consists of can be read from it alone.

          2 | name: a
          3 | extends: ["\${env.A}.yaml"]
            |           ^^^^^^^^^^^^^^^

      1 error
      "
    `);
  });

  it('a mistake of a base, once, in the file of the base', async () => {
    const files = {
      'base.yml': 'kind: vm\ncpu: { coers: 2 }\nmemory: { size: 4 }\n',
      'a.yaml': 'extends: base.yml\nname: a\n',
      'b.yaml': 'extends: base.yml\nname: b\n',
    };
    expect(await complain(files)).toMatchInlineSnapshot(`
      "base.yml:2:8: error: unknown key [PVEVM-SPEC-INVALID]
        cpu has no key "coers". Did you mean cores?

          1 | kind: vm
          2 | cpu: { coers: 2 }
            |        ^^^^^

      base.yml:3:17: error: size without unit [PVEVM-SPEC-INVALID]
        memory.size is 4, without a unit. Proxmox VE counts memory in MiB: write 4MiB where that was meant.

          2 | cpu: { coers: 2 }
          3 | memory: { size: 4 }
            |                 ^

      2 errors
      "
    `);
  });

  it('a document without a name that nothing extends', async () => {
    expect(await complain({ 'base.yaml': BASE })).toMatchInlineSnapshot(`
      "base.yaml:1:1: error: missing key [PVEVM-SPEC-INVALID]
        A vm document needs the key name. The guest's name: a DNS name, of letters, digits, hyphens and dots, as in web-01. Unique among the documents of a project. Only a base has none, and nothing that was read extends this document.

          1 | kind: vm
            | ^^^^

      1 error
      "
    `);
  });

  it('a base of another kind', async () => {
    const files = { 'pvevm.yaml': 'kind: project\n', 'vm.yaml': 'kind: vm\nname: a\nextends: pvevm.yaml\n' };
    expect(await complain(files)).toMatchInlineSnapshot(`
      "vm.yaml:3:10: error: base of another kind [PVEVM-SPEC-INVALID]
        pvevm.yaml is a base of kind project, and cannot be one of a vm.

          2 | name: a
          3 | extends: pvevm.yaml
            |          ^^^^^^^^^^

      1 error
      "
    `);
  });
});

it('R-51: bases that extend each other twice are read once', async () => {
  const files: Record<string, string> = {
    'b0.yaml': 'kind: vm\npool: lab\n',
    'vm.yaml': 'extends: b25.yaml\nname: a\n',
  };
  for (let level = 1; level <= 25; level += 1) {
    files[`b${level}.yaml`] = `extends: [b${level - 1}.yaml, b${level - 1}.yaml]\n`;
  }
  expect((await load(files)).resources[0]?.spec).toMatchObject({ pool: 'lab' });
});

it('R-51: a long chain of bases ends', async () => {
  const files: Record<string, string> = { 'b100.yaml': 'kind: vm\n', 'vm.yaml': 'extends: b0.yaml\nname: a\n' };
  for (let level = 0; level < 100; level += 1) files[`b${level}.yaml`] = `extends: b${level + 1}.yaml\n`;
  const { diagnostics } = await loadFiles(files, ['vm.yaml']);
  expect(diagnostics.map(({ summary }) => summary)).toEqual(['too many bases']);
});
