import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ERROR_CODES } from '../../src/report/errors/explanations.ts';
import type { Harness } from '../harness.ts';
import { runCli } from '../run-cli.ts';
import { openServedFolder } from './served-folder.ts';

let cwd = '';
let harness: Harness;
let env: Readonly<Record<string, string>> = {};
let close: () => Promise<void>;
const write = (name: string, text: string): void => writeFileSync(join(cwd, name), text);
const VM = 'kind: vm\nname: web-01\nnode: pve1\nha: false\n';

beforeAll(async () => {
  const served = await openServedFolder();
  ({ cwd, harness, close } = served);
  env = { HOME: cwd, PATH: process.env['PATH'] ?? '', ...served.env };
  write('vm.yaml', VM);
  write('bad.yaml', `${VM}cores: 4\nmemroy: 2\n`);
  const { code } = await runCli(['apply', '-y', 'vm.yaml', '--audit', 'audit.jsonl'], { cwd, env });
  expect(code).toBe(0);
  const lines = readFileSync(join(cwd, 'audit.jsonl'), 'utf8').split('\n');
  write('broken.jsonl', lines.filter((_line, index) => index !== 3).join('\n'));
});
afterAll(() => close());

const NAMES: ReadonlySet<string> = new Set(ERROR_CODES.map((code) => `PVEVM-${code.replaceAll('_', '-')}`));

/** The codes behind the errors of a text that nobody has wrapped; '' for an error without one. */
function codesOf(text: string): readonly string[] {
  return [...text.matchAll(/(?:^|: )error: .*$/gm)].map(([line]) => / \[(PVEVM-[A-Z-]+)\]$/.exec(line)?.[1] ?? '');
}

it.each([
  [
    ['validate', 'bad.yaml'],
    ['PVEVM-SPEC-INVALID', 'PVEVM-SPEC-INVALID'],
  ],
  [['plan', '--nonsense'], ['PVEVM-USAGE']],
  [['plan', 'no.yaml'], ['PVEVM-SPEC-FILE']],
  [['show', 'no.plan'], ['PVEVM-CONFIG']],
  [['export', 'vm/nobody'], ['PVEVM-MISSING']],
  [['audit', 'verify', 'broken.jsonl'], ['PVEVM-AUDIT']],
  [['audit', 'show', 'broken.jsonl'], ['PVEVM-AUDIT']],
  [['audit', 'show', 'no.jsonl'], ['PVEVM-CONFIG']],
  [['up', '-y', 'vm.yaml', '--no-wait', '--', 'no-such-program-anywhere'], ['PVEVM-USAGE']],
  [['explain', 'PVEVM-NOTHING'], ['PVEVM-USAGE']],
])('%j says its errors with their codes', async (argv, codes) => {
  const { code, stderr } = await runCli(argv, { cwd, env });
  expect(code).not.toBe(0);
  expect(codesOf(stderr)).toEqual(codes);
  for (const name of codes) expect(NAMES).toContain(name);
});

it('an error of a run, and one of its audit log, have a code each', async () => {
  write('more.yaml', VM.replace('web-01', 'web-02'));
  harness.sandbox.failNext({ method: 'POST', path: '/nodes/*/qemu', status: 500, message: 'no way' });
  const failed = await runCli(['apply', '-y', 'more.yaml'], { cwd, env });
  expect(failed.stderr).toMatch(/no way \[PVEVM-PVE-ERROR\]$/m);
  const unwritten = await runCli(['apply', '-y', 'more.yaml', '--audit', 'no/where.jsonl'], { cwd, env });
  expect(codesOf(unwritten.stderr)).toEqual(['PVEVM-AUDIT']);
});

it('an error without a code would be found', () => {
  expect(codesOf('a.yaml:1:1: error: nothing\n  detail\n')).toEqual(['']);
});

it('audit show is wrapped to the terminal, with and without colours, and whole elsewhere', async () => {
  const plain = await runCli(['audit', 'show', 'audit.jsonl'], { cwd, env });
  const narrow = await runCli(['audit', 'show', 'audit.jsonl'], { cwd, env: { ...env, COLUMNS: '70' } });
  const words = (text: string): readonly string[] => text.split(/\s+/);
  expect(words(narrow.stdout)).toEqual(words(plain.stdout));
  expect(plain.stdout.split('\n').some((line) => line.length > 70)).toBe(true);
  const wide = narrow.stdout.split('\n').filter((line) => line.length > 70);
  // A word that is longer, as a UPID, stays whole.
  expect(wide.filter((line) => line.trim().includes(' '))).toEqual([]);
  const colored = await runCli(['audit', 'show', 'audit.jsonl', '--color=always'], {
    cwd,
    env: { ...env, COLUMNS: '70' },
  });
  expect(colored.stdout).not.toBe(narrow.stdout);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the colours of a theme
  expect(colored.stdout.replace(/\u001b\[\d+m/g, '')).toBe(narrow.stdout);
});
