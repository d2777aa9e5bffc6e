import { describe, expect, it } from 'vitest';
import type { Resource } from '../../src/core/resource.ts';
import { validate } from '../../src/index.ts';
import { runCli } from '../run-cli.ts';
import { complain } from './complain.ts';
import { loadFiles } from './load-text.ts';

const HEAD = 'kind: vm\nname: web-01\n';

interface Given {
  readonly env?: Readonly<Record<string, string>>;
  readonly variables?: Readonly<Record<string, string>>;
  readonly files?: Readonly<Record<string, string>>;
  readonly variableFiles?: readonly string[];
}

/** The resource of a document without mistakes. */
async function resolved(
  text: string,
  { env = {}, variables = {}, files = {}, variableFiles = [] }: Given = {},
): Promise<Resource> {
  const options = { env, variables: new Map(Object.entries(variables)), variableFiles };
  const { resources, diagnostics } = await loadFiles({ 'vm.yaml': text, ...files }, ['vm.yaml'], '', options);
  expect(diagnostics).toEqual([]);
  const [resource] = resources;
  if (resource === undefined) throw new Error('no resource');
  return resource;
}

async function specOf(text: string, given?: Given): Promise<Readonly<Record<string, unknown>>> {
  return (await resolved(text, given)).spec;
}

describe('a placeholder', () => {
  it('stands for a variable of the environment, alone or within a text', async () => {
    const text = `${HEAD}node: \${env.NODE}\ndescription: on \${env.NODE}, twice \${env.NODE}\n`;
    expect(await specOf(text, { env: { NODE: 'pve2' } })).toMatchObject({
      node: 'pve2',
      description: 'on pve2, twice pve2',
    });
  });

  it('has a fallback for what is not set, or empty', async () => {
    const text = `${HEAD}node: \${env.NODE:-pve1}\ntags: ["\${env.EMPTY:-a}", "\${var.tag:-b-c}"]\ndescription: "\${env.SET:-x}"\n`;
    expect(await specOf(text, { env: { EMPTY: '', SET: 'y' } })).toMatchObject({
      node: 'pve1',
      tags: ['a', 'b-c'],
      description: 'y',
    });
  });

  it('without a fallback takes an empty variable as it is', async () => {
    expect(await specOf(`${HEAD}description: "a\${env.EMPTY}b"\n`, { env: { EMPTY: '' } })).toMatchObject({
      description: 'ab',
    });
  });

  it('stands for the text of a file beside the document, without its last line break', async () => {
    const files = { 'docs/vm.yaml': `${HEAD}description: \${file:../note.txt}\n`, 'note.txt': 'one\r\ntwo\r\n' };
    const { resources } = await loadFiles(files, ['docs']);
    expect(resources[0]?.spec['description']).toBe('one\r\ntwo');
  });

  it('stands for nothing but itself after another dollar', async () => {
    expect(await specOf(`${HEAD}description: "$\${x} $$\${env.A} \${env.A}"\n`, { env: { A: '1' } })).toMatchObject({
      description: '${x} $${env.A} 1',
    });
  });

  it('is nothing in a key, in the kind, and without braces', async () => {
    expect(await specOf(`${HEAD}description: $env.A $ {env.A}\n`)).toMatchObject({ description: '$env.A $ {env.A}' });
    expect(await complain('kind: ${env.A}\nname: a\n', [], { A: 'vm' })).toContain('kind holds no placeholders');
    expect(await complain(`${HEAD}"\${env.A}": 1\n`, [], { A: 'node' })).toContain('Keys hold no placeholders.');
  });

  it('stands in block scalars and short forms of lists', async () => {
    const text = `${HEAD}description: |\n  a\n  \${env.A}\ndisks: [{ size: "\${env.S}" }, { size: 1GiB, bus: "\${env.B}" }]\nmemory: { size: "\${env.S}" }\n`;
    expect(await specOf(text, { env: { A: 'b', S: '8GiB', B: 'virtio' } })).toMatchObject({
      description: 'a\nb\n',
      disks: { scsi0: { size: '8GiB' }, virtio0: { size: '1GiB' } },
      memory: { size: '8GiB' },
    });
  });
});

describe('the type of a value', () => {
  it('is that of the variable where the placeholder is the whole value, quoted or not', async () => {
    const text = `${HEAD}vars: { cores: 4, list: [a, b], boot: true, disk: { size: 8GiB } }\ncpu: { cores: "\${var.cores}" }\ntags: \${var.list}\nonBoot: '\${var.boot}'\ndisks: { scsi0: "\${var.disk}" }\n`;
    expect(await specOf(text)).toMatchObject({
      cpu: { cores: 4 },
      tags: ['a', 'b'],
      onBoot: true,
      disks: { scsi0: { size: '8GiB' } },
    });
  });

  it('is that of the field for a text that is a decimal number, or true or false', async () => {
    const text = `${HEAD}vmid: 1\${env.N}0\ncpu: { cores: "\${env.N}", limit: "\${env.L:-1.5}" }\nonBoot: \${env.B}\nprotection: "\${var.p}"\n`;
    expect(await specOf(text, { env: { N: '2', B: 'false' }, variables: { p: 'true' } })).toMatchObject({
      vmid: 120,
      cpu: { cores: 2, limit: 1.5 },
      onBoot: false,
      protection: true,
    });
  });

  it('is text in a field of text, whatever it looks like', async () => {
    const text = `${HEAD}description: \${var.version}\ntags: ["\${var.version}", "\${env.T}"]\npool: "\${var.flag}"\n`;
    expect(await specOf(text, { env: { T: '07' }, variables: { version: '1.10', flag: 'true' } })).toMatchObject({
      description: '1.10',
      tags: ['1.10', '07'],
      pool: 'true',
    });
  });

  it('is null where the variable is, so that the value is managed as absent', async () => {
    expect(await specOf(`${HEAD}vars: { gone: null }\ntags: \${var.gone}\n`)).toMatchObject({ tags: null });
  });
});

describe('a variable', () => {
  const text = `${HEAD}vars: { v: document }\ndescription: \${var.v}\n`;
  const project = { 'pvevm.yaml': 'kind: project\nvars: { v: project }\n' };

  it('comes from --var, then --var-file (the last one), then the project file, then the document', async () => {
    expect(await specOf(text)).toMatchObject({ description: 'document' });
    expect(await specOf(text, { files: project })).toMatchObject({ description: 'project' });
    const files = { ...project, 'a.vars': 'v: first file\n', 'b.vars': 'v: second file\n' };
    const variableFiles = ['a.vars', 'b.vars'];
    expect(await specOf(text, { files, variableFiles })).toMatchObject({ description: 'second file' });
    expect(await specOf(text, { files, variableFiles, variables: { v: 'given' } })).toMatchObject({
      description: 'given',
    });
  });

  it('may ask for the environment and for files, when it is used', async () => {
    const withEnv = `${HEAD}vars: { v: "a \${env.A}", files: ["\${file:n.txt}"] }\ndescription: \${var.v}\ntags: \${var.files}\n`;
    const given = { env: { A: 'b' }, files: { 'n.txt': 'n\n' } };
    expect(await specOf(withEnv, given)).toMatchObject({ description: 'a b', tags: ['n'] });
  });

  it('stands in the defaults and the stack of the project file too', async () => {
    const pvevm =
      'kind: project\nstack: ci-${env.RUN}\nvars: { store: local-lvm }\ndefaults: { vm: { disks: { "*": { storage: "${var.store}" } }, cpu: { cores: "${env.CORES:-3}" } } }\n';
    const loaded = await loadFiles({ 'vm.yaml': HEAD, 'pvevm.yaml': pvevm }, [], '', { env: { RUN: '7' } });
    expect(loaded.diagnostics).toEqual([]);
    expect(loaded.project.stack).toBe('ci-7');
    expect(loaded.resources[0]?.spec).toMatchObject({ disks: { scsi0: { storage: 'local-lvm' } }, cpu: { cores: 3 } });
  });

  it('leaves no trace in the spec but in the origins of the values made from it', async () => {
    const { spec, origins } = await resolved(`${text}cpu: { cores: "\${env.N:-2}" }\n`);
    expect(Object.keys(spec)).not.toContain('vars');
    expect(origins.get('/description')?.text).toBe('vm.yaml:4:14, from ${var.v}');
    expect(origins.get('/cpu/cores')?.text).toBe('vm.yaml:5:15, from ${env.N}');
    expect(origins.get('/name')?.text).toBe('vm.yaml:2:7');
  });
});

describe('R-17: validate explains', () => {
  it('a variable of the environment that is not set, at its place inside the value', async () => {
    expect(
      await complain(`${HEAD}description: on \${env.NODE} and \${env.NOED}\n`, [], { NODE: 'pve1' }),
    ).toMatchInlineSnapshot(`
      "vm.yaml:3:33: error: undefined variable [PVEVM-SPEC-INVALID]
        The environment has no variable NOED. Did you mean NODE? Set it, or write a fallback: \${env.NOED:-x}.

          2 | name: web-01
          3 | description: on \${env.NODE} and \${env.NOED}
            |                                 ^^^^^^^^^^^

      1 error
      "
    `);
  });

  it('a variable that nothing defines', async () => {
    expect(await complain(`${HEAD}vars: { size: 4GiB }\nmemory: { size: "\${var.siez}" }\n`)).toMatchInlineSnapshot(`
      "vm.yaml:4:18: error: undefined variable [PVEVM-SPEC-INVALID]
        There is no variable siez. Did you mean size? Give it a value with --var siez=x, in a --var-file, or under vars in the document or in pvevm.yaml; or write a fallback: \${var.siez:-x}.

          3 | vars: { size: 4GiB }
          4 | memory: { size: "\${var.siez}" }
            |                  ^^^^^^^^^^^

      1 error
      "
    `);
  });

  it('a file that does not exist, is too large, or no text', async () => {
    const text = `${HEAD}description: |\n  first\n  \${file:./no.txt}\ntags: ["\${file:big.txt}", "\${file:bin}"]\n`;
    const files = { 'vm.yaml': text, 'big.txt': 'x'.repeat(1_000_001), bin: new Uint8Array([0, 1]) };
    expect(await complain(files)).toMatchInlineSnapshot(`
      "vm.yaml:5:3: error: cannot read file [PVEVM-SPEC-INVALID]
        no.txt cannot be read. It does not exist.

          4 |   first
          5 |   \${file:./no.txt}
            |   ^^^^^^^^^^^^^^^^

      vm.yaml:6:9: error: cannot read file [PVEVM-SPEC-INVALID]
        big.txt is larger than 1 MB.

          5 |   \${file:./no.txt}
          6 | tags: ["\${file:big.txt}", "\${file:bin}"]
            |         ^^^^^^^^^^^^^^^

      vm.yaml:6:28: error: cannot read file [PVEVM-SPEC-INVALID]
        bin is a binary file.

          5 |   \${file:./no.txt}
          6 | tags: ["\${file:big.txt}", "\${file:bin}"]
            |                            ^^^^^^^^^^^

      3 errors
      "
    `);
  });

  it('what is no placeholder', async () => {
    const text = `${HEAD}vars: { size: 1 }\ndescription: "\${size} \${HOME} \${env.} \${var.a:-\${env.B}} \${open"\n`;
    expect(await complain(text, ['--var', 'size=3'], { HOME: '/root' })).toMatchInlineSnapshot(`
      "vm.yaml:4:15: error: unknown placeholder [PVEVM-SPEC-INVALID]
        "\${size}" is no placeholder. Did you mean \${var.size}? Its forms are \${env.NAME}, \${var.NAME}, \${file:PATH}, \${index} and \${each.KEY}; after the name of env and var, :- and a fallback may follow. For the characters \${ as they are, write $\${.

          3 | vars: { size: 1 }
          4 | description: "\${size} \${HOME} \${env.} \${var.a:-\${env.B}} \${open"
            |               ^^^^^^^

      vm.yaml:4:23: error: unknown placeholder [PVEVM-SPEC-INVALID]
        "\${HOME}" is no placeholder. Did you mean \${env.HOME}? Its forms are \${env.NAME}, \${var.NAME}, \${file:PATH}, \${index} and \${each.KEY}; after the name of env and var, :- and a fallback may follow. For the characters \${ as they are, write $\${.

          3 | vars: { size: 1 }
          4 | description: "\${size} \${HOME} \${env.} \${var.a:-\${env.B}} \${open"
            |                       ^^^^^^^

      vm.yaml:4:31: error: unknown placeholder [PVEVM-SPEC-INVALID]
        "\${env.}" is no placeholder. Its forms are \${env.NAME}, \${var.NAME}, \${file:PATH}, \${index} and \${each.KEY}; after the name of env and var, :- and a fallback may follow. For the characters \${ as they are, write $\${.

          3 | vars: { size: 1 }
          4 | description: "\${size} \${HOME} \${env.} \${var.a:-\${env.B}} \${open"
            |                               ^^^^^^^

      vm.yaml:4:39: error: placeholder in a placeholder [PVEVM-SPEC-INVALID]
        A fallback is plain text: placeholders do not nest. For the characters \${ as they are, write $\${.

          3 | vars: { size: 1 }
          4 | description: "\${size} \${HOME} \${env.} \${var.a:-\${env.B}} \${open"
            |                                       ^^^^^^^^^^^^^^^^^

      vm.yaml:4:58: error: placeholder not closed [PVEVM-SPEC-INVALID]
        A placeholder ends with }, as in \${var.size}. For the characters \${ as they are, write $\${.

          3 | vars: { size: 1 }
          4 | description: "\${size} \${HOME} \${env.} \${var.a:-\${env.B}} \${open"
            |                                                          ^^^^^^

      5 errors
      "
    `);
  });

  it('an index and an entry where there are none', async () => {
    expect(await complain(`${HEAD}description: \${index} \${each.a}\n`)).toMatchInlineSnapshot(`
      "vm.yaml:3:14: error: undefined variable [PVEVM-SPEC-INVALID]
        Only the instances of a document have an index: the document needs instances, or each.

          2 | name: web-01
          3 | description: \${index} \${each.a}
            |              ^^^^^^^^

      vm.yaml:3:23: error: undefined variable [PVEVM-SPEC-INVALID]
        A document needs the list each for \${each.a}.

          2 | name: web-01
          3 | description: \${index} \${each.a}
            |                       ^^^^^^^^^

      2 errors
      "
    `);
  });

  it('placeholders that want quotes', async () => {
    expect(await complain(`${HEAD}cpu: { cores: \${var.cores} }\n`)).toMatchInlineSnapshot(`
      "vm.yaml:3:16: error: placeholder wants quotes [PVEVM-SPEC-SYNTAX]
        Inside { } and [ ], and where it holds ": ", a placeholder wants quotes, as in "\${var.size}".

          2 | name: web-01
          3 | cpu: { cores: \${var.cores} }
            |                ^

      1 error
      "
    `);
    expect(await complain(`${HEAD}tags: [a, \${var.tag}]\n`)).toMatchInlineSnapshot(`
      "vm.yaml:3:12: error: placeholder wants quotes [PVEVM-SPEC-SYNTAX]
        Inside { } and [ ], and where it holds ": ", a placeholder wants quotes, as in "\${var.size}".

          2 | name: web-01
          3 | tags: [a, \${var.tag}]
            |            ^

      1 error
      "
    `);
    expect(await complain(`${HEAD}description: \${var.a:-b: c}\n`)).toMatchInlineSnapshot(`
      "vm.yaml:3:14: error: placeholder wants quotes [PVEVM-SPEC-SYNTAX]
        Inside { } and [ ], and where it holds ": ", a placeholder wants quotes, as in "\${var.size}".

          2 | name: web-01
          3 | description: \${var.a:-b: c}
            |              ^

      1 error
      "
    `);
  });

  it('a list within a text', async () => {
    expect(await complain(`${HEAD}vars: { l: [a] }\ndescription: a \${var.l}\n`)).toMatchInlineSnapshot(`
      "vm.yaml:4:16: error: no text [PVEVM-SPEC-INVALID]
        \${var.l} stands for a list, which has no place within a text. Write the placeholder alone.

          3 | vars: { l: [a] }
          4 | description: a \${var.l}
            |                ^^^^^^^^

      1 error
      "
    `);
  });

  it('a variable that asks for a variable, where it stands', async () => {
    expect(
      await complain(`${HEAD}vars:\n  a: \${var.b}\n  b: \${var.a}\ndescription: \${var.a} \${var.b}\n`),
    ).toMatchInlineSnapshot(`
      "vm.yaml:4:6: error: placeholder not allowed here [PVEVM-SPEC-INVALID]
        A value of vars may hold \${env.NAME} and \${file:PATH}. For the characters \${ as they are, write $\${.

          3 | vars:
          4 |   a: \${var.b}
            |      ^^^^^^^^

      vm.yaml:5:6: error: placeholder not allowed here [PVEVM-SPEC-INVALID]
        A value of vars may hold \${env.NAME} and \${file:PATH}. For the characters \${ as they are, write $\${.

          4 |   a: \${var.b}
          5 |   b: \${var.a}
            |      ^^^^^^^^

      2 errors
      "
    `);
  });

  it('a value that does not fit, and what it was made from', async () => {
    expect(
      await complain(`${HEAD}cpu: { cores: "\${env.CORES}" }\nmemory: \${var.m}\n`, ['--var', 'm=4'], {
        CORES: 'four',
      }),
    ).toMatchInlineSnapshot(`
      "vm.yaml:3:15: error: wrong type [PVEVM-SPEC-INVALID]
        cpu.cores takes a whole number; here stands "four". The value is from \${env.CORES}.

          2 | name: web-01
          3 | cpu: { cores: "\${env.CORES}" }
            |               ^^^^^^^^^^^^^^

      vm.yaml:4:9: error: wrong type [PVEVM-SPEC-INVALID]
        memory takes a map; here stands 4. The value is from \${var.m}.

          3 | cpu: { cores: "\${env.CORES}" }
          4 | memory: \${var.m}
            |         ^^^^^^^^

      2 errors
      "
    `);
  });

  it('variables that are no map, in a document and in a file', async () => {
    expect(await complain(`${HEAD}vars: [a]\n`)).toMatchInlineSnapshot(`
      "vm.yaml:3:7: error: wrong type [PVEVM-SPEC-INVALID]
        vars takes a map; here stands a list.

          2 | name: web-01
          3 | vars: [a]
            |       ^^^

      1 error
      "
    `);
    expect(
      await complain({ 'vm.yaml': HEAD, 'a.vars': '- a\n' }, ['vm.yaml', '--var-file', 'a.vars']),
    ).toMatchInlineSnapshot(`
      "a.vars:1:1: error: no map of variables [PVEVM-SPEC-INVALID]
        A file of variables holds one map of names and values, as in "size: 32GiB".

          1 | - a
            | ^^^

      1 error
      "
    `);
    expect(await complain({ 'vm.yaml': HEAD }, ['vm.yaml', '--var-file', 'no.vars'])).toMatchInlineSnapshot(`
      "no.vars:1:1: error: cannot read file [PVEVM-SPEC-FILE]
        no.vars cannot be read. It does not exist.

      1 error
      "
    `);
    expect(
      await complain({ 'vm.yaml': HEAD, 'e.vars': '# none\n' }, ['vm.yaml', '--var-file', 'e.vars']),
    ).toMatchInlineSnapshot(`
      "e.vars:1:1: error: no map of variables [PVEVM-SPEC-INVALID]
        A file of variables holds one map of names and values, as in "size: 32GiB".

          1 | # none
            | ^

      1 error
      "
    `);
  });

  it('a --var without a value', async () => {
    expect(await complain(HEAD, ['--var', 'size'])).toMatchInlineSnapshot(`
      "error: --var cannot be 'size' [PVEVM-USAGE]
        Write --var NAME=VALUE. A name is letters, digits, _ and -, and begins with a letter or _.
      "
    `);
  });

  it('an undefined variable of the project file, in the project file', async () => {
    expect(
      await complain({ 'vm.yaml': HEAD, 'pvevm.yaml': 'kind: project\nstack: ci-${env.RUN}\n' }),
    ).toMatchInlineSnapshot(`
      "pvevm.yaml:2:8: error: undefined variable [PVEVM-SPEC-INVALID]
        The environment has no variable RUN. Set it, or write a fallback: \${env.RUN:-x}.

          1 | kind: project
          2 | stack: ci-\${env.RUN}
            |        ^^^^^^^^^^^^^

      1 error
      "
    `);
  });
});

it('warns of variables that nothing asks for', async () => {
  const text = `${HEAD}vars:\n  used: a\n  unused: b\ndescription: \${var.used}\n`;
  const { code, stderr } = await runCli(['validate', '--var', 'used=c', '--var', 'typo=d'], {
    files: { 'vm.yaml': text },
  });
  expect(code).toBe(0);
  expect(stderr).toMatchInlineSnapshot(`
    "warning: unused variable [PVEVM-SPEC-INVALID]
      --var gives typo a value, and no document asks for \${var.typo}.

    vm.yaml:5:3: warning: unused variable [PVEVM-SPEC-INVALID]
      Nothing in this document asks for \${var.unused}.

        4 |   used: a
        5 |   unused: b
          |   ^^^^^^

    2 warnings
    "
  `);
});

it('plan and apply take variables', async () => {
  const files = {
    'vm.yaml': `kind: vm\nname: \${var.name}\nnetwork: {}\ncpu: { cores: "\${var.cores}" }\n`,
    'v.yml': 'cores: 3\n',
  };
  const options = ['--sandbox', '--var', 'name=ci-1', '--var-file', 'v.yml', 'vm.yaml'];
  const { code, stdout } = await runCli(['plan', '--show-requests', ...options], { files });
  expect(code).toBe(0);
  expect(stdout).toContain('vm/ci-1');
  expect(stdout).toMatch(/cores["=: ]+3/);
  expect((await runCli(['apply', '-y', ...options], { files })).code).toBe(0);
});

describe('R-51: placeholders in hostile documents', () => {
  it('make no more text than memory holds', async () => {
    const text = `${HEAD}description: "${'${file:big.txt}'.repeat(50_000)}"\n`;
    const { diagnostics } = await loadFiles({ 'vm.yaml': text, 'big.txt': 'x'.repeat(900_000) }, ['vm.yaml']);
    expect(diagnostics.map(({ summary }) => summary)).toEqual(['too much text']);
  });

  it('that mean nothing are reported up to a number', async () => {
    const tags = Array.from({ length: 20_000 }, (_, index) => `- \${v${index}}`).join('\n');
    const { diagnostics } = await loadFiles({ 'vm.yaml': `${HEAD}instances: 5\ntags:\n${tags}\n` });
    expect(diagnostics).toHaveLength(20);
  });

  it('find nothing by the names of what every object has', async () => {
    const text = `${HEAD}vars: { a: 1 }\ndescription: "\${var.constructor} \${env.__proto__} \${env.toString} \${var.a}"\n`;
    const { diagnostics } = await loadFiles({ 'vm.yaml': text });
    expect(diagnostics.map(({ summary }) => summary)).toEqual(Array(3).fill('undefined variable'));
  });
});

it('the library takes variables and an environment', async () => {
  const text = 'kind: vm\nname: ${var.name}-${env.RUN}\n';
  const { resources } = await validate({ text, variables: { name: 'ci' }, env: { RUN: '7' } });
  expect(resources.map(({ address }) => address)).toEqual(['vm/ci-7']);
  const { diagnostics } = await validate({ text, env: {} });
  expect(diagnostics.map(({ summary }) => summary)).toEqual(['undefined variable', 'undefined variable']);
});
