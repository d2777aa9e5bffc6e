import {
  chmodSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type CliRun, runCli } from '../run-cli.ts';

const MIXED = 'name: a\nkind: vm\n';
const CANONICAL = 'kind: vm\nname: a\n';
const OTHER = 'kind: vm\nname: b\n';
let cwd = '';

beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'pvevm-test-'));
  mkdirSync(join(cwd, 'sub'));
  writeFileSync(join(cwd, 'a.yaml'), MIXED);
  writeFileSync(join(cwd, 'sub', 'b.yaml'), OTHER);
  writeFileSync(join(cwd, 'sub', 'pvevm.yaml'), 'stack: lab\nkind: project\n');
});
afterEach(() => rmSync(cwd, { recursive: true, force: true }));

const run = (...argv: readonly string[]): Promise<CliRun> => runCli(['fmt', ...argv], { cwd });
const read = (name: string): string => readFileSync(join(cwd, name), 'utf8');

it('rewrites the documents and project files of a folder, names those that it changed, and leaves nothing else', async () => {
  expect(await run()).toEqual({ code: 0, stdout: 'a.yaml\nsub/pvevm.yaml\n', stderr: '' });
  expect([read('a.yaml'), read('sub/b.yaml'), read('sub/pvevm.yaml')]).toEqual([
    CANONICAL,
    OTHER,
    'kind: project\nstack: lab\n',
  ]);
  expect(readdirSync(cwd).sort()).toEqual(['a.yaml', 'sub']);
  expect(await run()).toEqual({ code: 0, stdout: '', stderr: '' });
});

it('touches the files that are named and no project file beside them', async () => {
  expect((await run('sub/b.yaml')).stdout).toBe('');
  expect((await run('sub/pvevm.yaml')).stdout).toBe('sub/pvevm.yaml\n');
});

it('changes nothing with --check, lists what is not in canonical form, and exits with 1', async () => {
  expect(await run('--check')).toEqual({ code: 1, stdout: 'a.yaml\nsub/pvevm.yaml\n', stderr: '' });
  expect(read('a.yaml')).toBe(MIXED);
  expect(await run('--check', 'sub/b.yaml')).toEqual({ code: 0, stdout: '', stderr: '' });
  expect(JSON.parse((await run('--check', '--json', 'a.yaml')).stdout)).toEqual({
    formatVersion: '1.0',
    exit: { code: 1, name: 'error' },
    changed: ['a.yaml'],
    diagnostics: [],
  });
});

it('prints what it reads from standard input', async () => {
  expect(await runCli(['fmt', '-'], { stdin: MIXED })).toEqual({ code: 0, stdout: CANONICAL, stderr: '' });
  expect(await runCli(['fmt', '-', '--check'], { stdin: MIXED })).toEqual({ code: 1, stdout: '<stdin>\n', stderr: '' });
  expect(await runCli(['fmt', '-', '--check'], { stdin: CANONICAL })).toEqual({ code: 0, stdout: '', stderr: '' });
});

it('leaves a file that does not parse alone, shows why, and goes on with the others', async () => {
  const broken = 'name: a\nkind: vm\ntags: [\n';
  writeFileSync(join(cwd, 'broken.yaml'), broken);
  const { code, stdout, stderr } = await run();
  expect({ code, stdout }).toEqual({ code: 3, stdout: 'a.yaml\nsub/pvevm.yaml\n' });
  expect(stderr).toMatch(/^broken\.yaml:\d+:\d+: error: /);
  expect(read('broken.yaml')).toBe(broken);
});

it('formats a document that is wrong in other ways: it need not be valid', async () => {
  writeFileSync(join(cwd, 'a.yaml'), 'colour: red\nname: 5\nkind: vm\n');
  expect((await run('a.yaml')).code).toBe(0);
  expect(read('a.yaml')).toBe('kind: vm\nname: 5\ncolour: red\n');
});

it('leaves a file that it cannot format without harm, and says so with an error', async () => {
  const text = 'name: a\nkind: vm\ntags:\n-\n- b\n';
  writeFileSync(join(cwd, 'a.yaml'), text);
  for (const options of [[], ['--check']]) {
    const { code, stderr } = await run('a.yaml', ...options);
    expect(code).toBe(3);
    expect(stderr).toContain('error: left as it is [PVEVM-SPEC-FILE]\n  a.yaml cannot be formatted');
    expect(read('a.yaml')).toBe(text);
  }
  expect(await runCli(['fmt', '-'], { stdin: text })).toMatchObject({ code: 3, stdout: text });
});

it('keeps the mode of a file, and a link a link', async () => {
  chmodSync(join(cwd, 'a.yaml'), 0o640);
  symlinkSync('a.yaml', join(cwd, 'link.yaml'));
  expect((await run('link.yaml')).stdout).toBe('link.yaml\n');
  expect(lstatSync(join(cwd, 'link.yaml')).isSymbolicLink()).toBe(true);
  expect(statSync(join(cwd, 'a.yaml')).mode & 0o777).toBe(0o640);
  expect(read('a.yaml')).toBe(CANONICAL);
});

it('keeps a byte order mark from being a change', async () => {
  writeFileSync(join(cwd, 'a.yaml'), `\ufeff${CANONICAL}`);
  expect(await run('--check', 'a.yaml')).toEqual({ code: 0, stdout: '', stderr: '' });
});
