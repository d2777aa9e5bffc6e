import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Metafile } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bundleScripts } from '../../../scripts/bundle-program.mjs';
import type { Program } from '../../../src/cli/main.ts';
import { loadScript } from '../../../src/cli/start/load-script.ts';
import { needOf } from '../../../src/cli/start/need-of.ts';
import { type CliWorld, runCli } from '../../run-cli.ts';

const root = join(dirname(fileURLToPath(import.meta.url)), '../../..');
const example = (name: string): string => readFileSync(join(root, 'examples', name), 'utf8');

// What neither connects nor checks has no place here.
const UNWANTED = [
  /^src\/(?:engine|sandbox|registry)\//,
  /^src\/pve\/(?!codecs\/|image-file\.ts$)/,
  /^src\/kinds\/(?!vm\/|image\/check\.ts$)/,
  /^src\/(?:kinds\/vm|cli)\/(?:.*\/)?(?:observe|review|create|update|kind|connect|ask|read-line|login)\.ts$/,
  /^src\/generated\/(?:api|output)\//,
  /node_modules\/(?:undici|ajv|nock)\//,
];

function inputsOf({ outputs }: Metafile): readonly string[] {
  return Object.values(outputs).flatMap(({ inputs }) =>
    Object.entries(inputs)
      .filter(([path, { bytesInOutput }]) => bytesInOutput > 0 && !path.startsWith('absent:'))
      .map(([path]) => path),
  );
}

describe('the scripts of the commands that read documents at most', () => {
  let folder = '';
  const texts = { paths: '', documents: '' };
  const inputs: Record<'paths' | 'documents', readonly string[]> = { paths: [], documents: [] };
  const programs = new Map<'paths' | 'documents', Program>();

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'pvevm-test-'));
    const scripts = await bundleScripts(root, relative(root, folder));
    for (const script of ['paths', 'documents'] as const) {
      const path = join(folder, scripts[script].name);
      texts[script] = readFileSync(path, 'utf8');
      inputs[script] = inputsOf(scripts[script].metafile);
      // The build makes the scripts of modules that have it.
      programs.set(script, loadScript(path, () => false) as Program);
    }
  }, 60_000);

  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it.each(['paths', 'documents'] as const)(
    'R-53: %s holds nothing that connects, asks or compiles schemas',
    (script) => {
      expect(inputs[script]).toContain('src/spec/load.ts');
      expect(inputs[script]).toContain('src/generated/validators/vm.js');
      expect(inputs[script].filter((path) => UNWANTED.some((pattern) => pattern.test(path)))).toEqual([]);
    },
  );

  it('R-53: paths holds nothing that takes a command line apart, which documents does', () => {
    const parts = (script: 'paths' | 'documents') =>
      inputs[script].filter((path) => /commander|src\/cli\/(?:program|commands\/add-.*)\.ts$/.test(path));
    expect(parts('paths')).toEqual([]);
    expect(parts('documents')).toContain('src/cli/program.ts');
  });

  it.each(['paths', 'documents'] as const)('R-53: %s asks for no module of Node that connects', (script) => {
    const asked = new Set([...texts[script].matchAll(/require\("([^"]+)"\)/g)].map(([, name]) => name));
    expect([...asked].filter((name) => name?.startsWith('node:'))).toContain('node:fs');
    const connecting = /^(?:node:)?(?:https?|http2|tls|dns|readline|dgram)\b/;
    expect([...asked].filter((name) => connecting.test(name ?? ''))).toEqual([]);
  });

  it.each(['paths', 'documents'] as const)(
    '%s is of ASCII alone, and imports nothing: it is read and run as a script',
    (script) => {
      // biome-ignore lint/suspicious/noControlCharactersInRegex: ASCII is what is meant.
      expect(/[^\x00-\x7f]/.exec(texts[script])).toBeNull();
      expect(/\bimport\(|\bimport\.meta\b/.exec(texts[script])).toBeNull();
    },
  );

  const vm = 'kind: vm\nname: a\n';
  it.each<readonly [string, readonly string[], CliWorld]>([
    ['a document', ['validate', 'vm.yaml'], { files: { 'vm.yaml': example('vm.yaml') } }],
    ['one with every field', ['validate', 'a.yaml'], { files: { 'a.yaml': example('full.yaml') } }],
    ['placeholders in numbers', ['validate', 'a.yaml', '-v'], { files: { 'a.yaml': example('cluster.yaml') } }],
    [
      'a project and a glob',
      ['validate', '*.yaml'],
      { files: { 'pvevm.yaml': 'kind: project\nstack: lab\n', 'a.yaml': vm } },
    ],
    ['a wrong project', ['validate', '.'], { files: { 'pvevm.yaml': 'kind: project\nstak: lab\n', 'a.yaml': vm } }],
    [
      'an image',
      ['validate', '-'],
      { stdin: 'kind: image\nname: a\nurl: https://a.test/a.iso\nstorage: local\nnode: pve1\n' },
    ],
    [
      'a base',
      ['validate', 'a.yaml'],
      { files: { 'base.yaml': 'cpu: { cores: 4 }\n', 'a.yaml': `${vm}extends: base.yaml\n` } },
    ],
    ['an unknown key', ['validate', '-'], { stdin: `${vm}cores: 4\n` }],
    ['a wrong value', ['validate', '-', '--json'], { stdin: `${vm}memory: { size: 4 }\n` }],
    ['test results', ['validate', '-', '--format', 'junit'], { stdin: `${vm}onBoot: 7\n` }],
    ['what GitLab reads', ['validate', '-', '--format=codequality'], { stdin: `${vm}onBoot: 7\n` }],
    ['no such file', ['validate', 'b.yaml'], {}],
    ['no such option', ['validate', '--jsn'], {}],
    ['the help of the command', ['validate', '--help'], {}],
    ['the help', ['--help'], {}],
  ])('do the same as the whole program: %s', async (_, argv, world) => {
    const whole = await runCli(argv, world);
    const need = needOf(argv);
    const program = need === 'paths' || need === 'documents' ? programs.get(need) : undefined;
    if (program === undefined) throw new Error('this command line is for neither of the scripts');
    expect(await runCli(argv, { ...world, load: async () => program })).toEqual(whole);
    expect(whole.stdout + whole.stderr).not.toContain('PVEVM-INTERNAL');
  });
});
