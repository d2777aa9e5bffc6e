import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LanguageServer, startLanguageServer } from './language-server.ts';

const root = join(dirname(fileURLToPath(import.meta.url)), '../..');
const examples = readdirSync(join(root, 'examples'), { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.yaml'))
  .map((file) => `examples/${file}`);

// The first line of every example: it says which schema holds.
const MODELINE = '# yaml-language-server: $schema=../schema/pvevm.schema.json\n';
// A file of this name is not there: an editor shows what is not saved yet.
const UNSAVED = pathToFileURL(join(root, 'examples/unsaved.yaml')).href;

let server: LanguageServer;
beforeAll(async () => {
  server = await startLanguageServer();
});
afterAll(() => server.close());

/** What an editor underlines, as LINE:COLUMN counted from 1 below the first line, and what it says of it. */
async function problemsOf(text: string): Promise<readonly string[]> {
  const found = await server.problems(UNSAVED, `${MODELINE}${text}`);
  return found.map(({ range, message }) => `${range.start.line}:${range.start.character + 1} ${message}`);
}

/** Opens a text, and gives the cursor's place where `|` stands. */
async function openAt(text: string): Promise<{ line: number; character: number }> {
  const [before = '', after = ''] = `${MODELINE}${text}`.split('|');
  await server.problems(UNSAVED, before + after);
  const lines = before.split('\n');
  return { line: lines.length - 1, character: lines.at(-1)?.length ?? 0 };
}

async function offered(text: string): Promise<Readonly<Record<string, string>>> {
  const suggestions = await server.complete(UNSAVED, await openAt(text));
  return Object.fromEntries(suggestions.map(({ label, insertText }) => [label, insertText]));
}

async function shown(text: string): Promise<string> {
  return server.hover(UNSAVED, await openAt(text));
}

describe('an editor finds', () => {
  it.each(examples)('nothing wrong in %s', async (file) => {
    const uri = pathToFileURL(join(root, file)).href;
    expect(await server.problems(uri, readFileSync(join(root, file), 'utf8'))).toEqual([]);
  });

  it.each([
    ['an unknown key', 'cpu: { coers: 4 }', '3:8 Property coers is not allowed.'],
    ['an unknown slot', 'disks: { scsi31: {} }', '3:10 Property scsi31 is not allowed.'],
    ['a wrong type', 'cpu: { cores: four }', '3:15 Expected: integer, or a placeholder as in ${var.NAME}.'],
    ['a YAML 1.1 boolean', 'onBoot: yes', '3:9 Expected: boolean, or a placeholder as in ${var.NAME}.'],
    [
      'an unknown value',
      'system: { bios: ovfm }',
      '3:17 Value is not accepted. Valid values: "ovmf", "seabios", null.',
    ],
    ['a number out of range', 'network: { net0: { vlan: 4095 } }', '3:26 Value is above the maximum of 4094.'],
    [
      'a size in GB',
      'disks: { scsi0: { size: 8GB } }',
      '3:25 Expected: A size with a unit, as in 32GiB, 512MiB or 32G (binary).',
    ],
    ['a size without unit', 'disks: { scsi0: { size: 8 } }', '3:25 Incorrect type. Expected "string".'],
  ])('%s', async (_what, line, problem) => {
    expect(await problemsOf(`kind: vm\nname: web-01\n${line}\n`)).toEqual([problem]);
  });

  it('a missing kind, and not a missing name: a base has none', async () => {
    expect(await problemsOf('name: web-01\n')).toEqual(['1:1 Missing property "kind".']);
    expect(await problemsOf('kind: vm\n')).toEqual([]);
  });

  it('an unknown kind, and nothing else', async () => {
    expect(await problemsOf('kind: wm\nname: web-01\ncpu: { coers: 4 }\n')).toEqual([
      '1:7 Value is not accepted. Valid values: "image", "project", "vm".',
    ]);
  });

  it('what one kind has and the other lacks', async () => {
    expect(await problemsOf('kind: project\nname: web-01\n')).toEqual(['2:1 Property name is not allowed.']);
    expect(await problemsOf('kind: vm\nname: web-01\nstack: lab\n')).toEqual(['3:1 Property stack is not allowed.']);
  });

  it('nothing wrong with placeholders, for values of any type', async () => {
    const text = [
      'kind: vm',
      'name: web-${index:02}',
      'vmid: ${var.vmid}',
      'onBoot: ${var.onBoot}',
      'power: ${var.power}',
      'ha: ${var.ha}',
      'tags: ["${env.TAG}"]',
      'system: { bios: "${var.bios}" }',
      'cpu: { cores: "${var.cores}", limit: "${var.limit:-1.5}" }',
      'memory: { size: "${var.memory}GiB", balloon: "${var.balloon}" }',
      'disks: { scsi0: { storage: "${var.storage}", size: "${var.size}" } }',
      'network: { net0: { vlan: "${var.vlan}", mac: "02:00:00:00:00:${index:02}" } }',
      'console: ${var.console}',
      '',
    ].join('\n');
    expect(await problemsOf(text)).toEqual([]);
  });

  it('nothing wrong with instances, bases and variables', async () => {
    const common = 'kind: vm\nname: web-${index}\nextends: ./base.yaml\nvars: { size: 8GiB }\n';
    expect(await problemsOf(`${common}instances: 3\nvmid: { from: 200 }\n`)).toEqual([]);
    expect(await problemsOf(`${common}instances: { from: 5, to: 9 }\nvmid: "\${index}"\n`)).toEqual([]);
    expect(await problemsOf(`${common}each: [{ zone: a }]\nnode: "\${each.zone}"\n`)).toEqual([]);
  });

  it('nothing wrong with short forms', async () => {
    const text = 'kind: vm\nname: web-01\ndisks: [{ size: 8GiB }]\nnetwork: [{ vlan: 20 }]\nconsole: serial\n';
    expect(await problemsOf(text)).toEqual([]);
  });
});

describe('an editor offers', () => {
  it('whole documents where nothing is written', async () => {
    const choices = await offered('|');
    expect(Object.keys(choices)).toEqual(expect.arrayContaining(['vm', 'vm, smallest', 'project', 'kind']));
    expect(choices['vm']).toBe(
      'kind: vm\nname: ${1:web-01}\ncpu:\n  cores: ${2:4}\nmemory:\n  size: ${3:8GiB}\ndisks:\n  scsi0:\n    size: ${4:64GiB}\nnetwork:\n  net0:\n    bridge: ${5:vmbr0}\npower: ${6:running}',
    );
  });

  it.each(['vm', 'vm, smallest', 'project'])('a document %s that is right as it is inserted', async (label) => {
    const { [label]: snippet = '' } = await offered('|');
    expect(await problemsOf(`${snippet.replaceAll(/\$\{\d+:([^}]*)\}/g, '$1')}\n`)).toEqual([]);
  });

  it('the kinds', async () => {
    expect(Object.keys(await offered('kind: |')).sort()).toEqual(['image', 'project', 'vm']);
  });

  it('the keys of the kind that are not there yet, and no other document', async () => {
    const keys = Object.keys(await offered('kind: vm\nname: web-01\ncpu: {}\n|'));
    expect(keys).toEqual(
      expect.arrayContaining(['node', 'vmid', 'disks', 'memory', 'network', 'os', 'system', 'tags']),
    );
    expect(keys.filter((key) => ['kind', 'name', 'cpu', 'stack', 'vm', 'project'].includes(key))).toEqual([]);
    expect(Object.keys(await offered('kind: project\n|'))).toEqual(expect.arrayContaining(['stack', 'defaults']));
  });

  it('a disk, and its options', async () => {
    expect(await offered('kind: vm\nname: web-01\ndisks:\n  |')).toEqual({ disk: 'scsi${1:0}:\n  size: ${2:64GiB}' });
    const options = Object.keys(await offered('kind: vm\nname: web-01\ndisks:\n  scsi0:\n    |'));
    expect(options).toEqual(expect.arrayContaining(['storage', 'size', 'cache', 'discard', 'limits']));
  });

  it('the values of an enumeration, and of a boolean', async () => {
    expect(Object.keys(await offered('kind: vm\nname: web-01\nsystem:\n  bios: |')).sort()).toEqual([
      'null',
      'ovmf',
      'seabios',
    ]);
    expect(Object.keys(await offered('kind: vm\nname: web-01\nonBoot: |')).sort()).toEqual(['false', 'null', 'true']);
  });
});

describe('an editor shows over a key', () => {
  it('what it means, becomes, needs and changes', async () => {
    const words = await shown('kind: vm\nname: web-01\ncpu:\n  co|res: 4\n');
    expect(words).toContain('Cores of each socket.\n');
    expect(words).toContain('- **Default**: `2`\n');
    expect(words).toContain('- **Proxmox VE**: `cores`; needs `VM.Config.CPU`\n');
    expect(words).toContain('- **Changing it**: restart\n');
  });

  it('the words of the field, where its form is shared', async () => {
    const words = await shown('kind: vm\nname: web-01\ndisks:\n  scsi0:\n    si|ze: 64GiB\n');
    expect(words).toContain('The size of the disk. A larger one grows it; a smaller one is an error.');
    expect(words).toContain('- **Default**: `32GiB` *(new)*\n');
  });
});
