import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CheckedDocuments, loadChecked } from '../../src/cli/load-checked.ts';
import { countWork } from './count-work.ts';
import { loadFiles } from './load-text.ts';
import { mutateText, mutations } from './mutations.ts';

const root = join(dirname(fileURLToPath(import.meta.url)), '../..');
const textsIn = (folder: string): readonly string[] =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.yaml') && !file.endsWith('pvevm.yaml'))
    .sort()
    .map((file) => readFileSync(join(root, folder, file), 'utf8'));

const documents = [...textsIn('examples'), ...textsIn('tests/fixtures/invalid')];
const project = readFileSync(join(root, 'examples/fleet/pvevm.yaml'), 'utf8');

const isLong = process.env['PVEVM_TEST_LONG'] !== undefined;
const RUNS = { seed: 51, numRuns: isLong ? 20_000 : 300 };
const TIME_LIMIT = isLong ? 1_200_000 : 60_000;

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'pvevm-test-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Checks bytes as `validate -` does. */
async function check(bytes: Uint8Array, cwd: string = folder): Promise<CheckedDocuments> {
  return loadChecked(['-'], { cwd, readStdin: async () => bytes });
}

/** What must hold of any answer: without an error there is a resource; an error has a place that exists in its file. */
function expectSound({ resources, diagnostics, valid, files }: CheckedDocuments): void {
  if (valid) expect(resources.length).toBeGreaterThan(0);
  for (const { severity, code, range, summary, detail } of diagnostics) {
    expect(summary).not.toBe('');
    expect(detail).toMatch(/[.?!)]$|\S/);
    // What speaks of a file as a whole has no line.
    if (severity !== 'error' || code === 'SPEC_FILE') continue;
    expect(range, `${summary}: ${detail}`).toBeDefined();
    if (range === undefined) continue;
    const lines = files.get(range.file)?.split('\n') ?? [];
    expect(range.line).toBeLessThanOrEqual(lines.length);
    expect(range.column).toBeLessThanOrEqual((lines[range.line - 1]?.length ?? 0) + 1);
    expect(Math.min(range.line, range.column)).toBeGreaterThan(0);
  }
}

describe('R-51: whatever a file holds, it is taken, or refused with a place in it', () => {
  it('mutated documents', { timeout: TIME_LIMIT }, async () => {
    let refused = 0;
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...documents), mutations, async (text, changes) => {
        const checked = await check(new TextEncoder().encode(mutateText(text, changes)));
        if (!checked.valid) refused += 1;
        expectSound(checked);
      }),
      RUNS,
    );
    // Mutations that leave everything valid, or nothing, would try little.
    expect(refused).toBeGreaterThan(RUNS.numRuns / 4);
    expect(refused).toBeLessThan(RUNS.numRuns);
  });

  it('mutated project files', { timeout: TIME_LIMIT }, async () => {
    const cwd = join(folder, 'project');
    mkdirSync(cwd);
    const document = new TextEncoder().encode(documents[0] ?? '');
    await fc.assert(
      fc.asyncProperty(mutations, async (changes) => {
        writeFileSync(join(cwd, 'pvevm.yaml'), mutateText(project, changes));
        expectSound(await check(document, cwd));
      }),
      RUNS,
    );
  });

  it('documents with bytes changed', { timeout: TIME_LIMIT }, async () => {
    const change = fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.integer({ min: 0, max: 255 }));
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...documents), fc.array(change, { maxLength: 4 }), async (text, changes) => {
        const bytes = new TextEncoder().encode(text);
        for (const [at, byte] of changes) bytes[Math.min(bytes.length - 1, Math.floor(at * bytes.length))] = byte;
        expectSound(await check(bytes));
      }),
      RUNS,
    );
  });

  it('values of any shape in the place of a field', { timeout: TIME_LIMIT }, async () => {
    const keys = fc.constantFrom(
      'cpu',
      'disks',
      'network',
      'os',
      'tags',
      'boot',
      'ha',
      'vars',
      'console',
      'ignore',
      'x',
    );
    await fc.assert(
      fc.asyncProperty(keys, fc.jsonValue({ maxDepth: 6 }), async (key, value) => {
        const text = `kind: vm\nname: web-01\n${key}: ${JSON.stringify(value)}\n`;
        expectSound(await check(new TextEncoder().encode(text)));
      }),
      RUNS,
    );
  });
});

describe('R-51: the work grows no faster than the file', () => {
  const HEAD = 'kind: vm\nname: web-01\n';
  const times = (count: number, part: (index: number) => string): string =>
    Array.from({ length: count }, (_, index) => part(index)).join('');
  const shapes: Readonly<Record<string, (size: number) => string>> = {
    'open brackets': (size) => `${HEAD}tags: ${'['.repeat(size)}`,
    'open maps': (size) => `${HEAD}tags: ${'{a: '.repeat(size)}`,
    'deep blocks': (size) => `${HEAD}cpu:\n${times(Math.ceil(Math.sqrt(size)), (at) => `${' '.repeat(at + 1)}a:\n`)}`,
    'many keys': (size) => `${HEAD}cpu: {${times(size, (at) => `k${at}: 1, `)}}`,
    'one key many times': (size) => `${HEAD}cpu: {${'cores: 1, '.repeat(size)}}`,
    'many tags': (size) => `${HEAD}tags: [${times(size, (at) => `t${at}, `)}]`,
    'one tag many times': (size) => `${HEAD}tags: [${'web, '.repeat(size)}]`,
    'many aliases': (size) => `${HEAD}tags: [&a x, ${'*a, '.repeat(size)}]`,
    'many documents': (size) => times(size, (at) => `---\nkind: vm\nname: web-${at}\n`),
    'many open documents': (size) => `${HEAD}${'---\n'.repeat(size)}`,
    'many comments': (size) => `${HEAD}${'# nothing\n'.repeat(size)}`,
    'a long name': (size) => `kind: vm\nname: ${'a-'.repeat(size)}\n`,
    'a long name of many labels': (size) => `kind: vm\nname: ${'a.'.repeat(size)}!\n`,
    'a long size': (size) => `${HEAD}memory: { size: ${'1'.repeat(size)}GiB }\n`,
    'a long text': (size) => `${HEAD}description: "${'\\n'.repeat(size)}"\n`,
    'many placeholders': (size) => `${HEAD}description: "${'${var.a}'.repeat(size)}"\n`,
    'open placeholders': (size) => `${HEAD}description: "${'${var.a:-'.repeat(size)}"\n`,
  };

  it.each(Object.keys(shapes))('%s', { timeout: TIME_LIMIT }, async (name) => {
    const workFor = async (size: number): Promise<number> => {
      const bytes = new TextEncoder().encode(shapes[name]?.(size));
      return countWork(async () => expectSound(await check(bytes)));
    };
    // The first run loads modules.
    await workFor(10);
    const [small, large] = [await workFor(1000), await workFor(4000)];
    expect(large / small).toBeLessThan(6);
  });

  it('bases that each extend the next one twice', { timeout: TIME_LIMIT }, async () => {
    const workFor = async (depth: number): Promise<number> => {
      const bases = Array.from({ length: depth }, (_, at): [string, string] => [
        `base-${at}.yaml`,
        `kind: vm\n${at === 0 ? '' : `extends: [./base-${at - 1}.yaml, ./base-${at - 1}.yaml]\n`}node: pve1\n`,
      ]);
      const files = { ...Object.fromEntries(bases), 'vm.yaml': `${HEAD}extends: ./base-${depth - 1}.yaml\n` };
      return countWork(async () => expect((await loadFiles(files, ['vm.yaml'])).diagnostics).toEqual([]));
    };
    await workFor(2);
    const [small, large] = [await workFor(4), await workFor(16)];
    expect(large / small).toBeLessThan(6);
  });
});
