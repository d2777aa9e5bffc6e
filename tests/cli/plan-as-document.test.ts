import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type CliRun, runCli } from '../run-cli.ts';

let cwd = '';
const run = (...argv: readonly string[]): Promise<CliRun> => runCli(argv, { cwd });

beforeAll(async () => {
  cwd = mkdtempSync(join(tmpdir(), 'pvevm-test-'));
  writeFileSync(join(cwd, 'vm.yaml'), 'kind: vm\nname: web-01\nnode: pve1\nha: false\n');
  expect((await run('plan', '--sandbox', 'vm.yaml', '-o', 'my.plan')).code).toBe(0);
});
afterAll(() => rmSync(cwd, { recursive: true, force: true }));

it.each([
  ['plan', '--sandbox'],
  ['status', '--sandbox'],
  ['validate'],
  ['destroy', '--sandbox', '-y'],
  ['output', '--sandbox'],
  ['render'],
])('%s says of a saved plan what it is, and which commands take it', async (...argv) => {
  const { code, stderr } = await run(...argv, 'my.plan');
  expect(code).toBe(3);
  expect(stderr).toContain('my.plan:2:3: error: a saved plan, and no document [PVEVM-SPEC-INVALID]\n');
  expect(stderr).toContain('pvevm apply my.plan');
  expect(stderr).toContain('pvevm show my.plan');
  expect(stderr).not.toContain('missing key');
});

it('what is no plan lacks its kind still, though it has a version', async () => {
  const { stdout } = await run('status', '--sandbox', 'vm.yaml', '--json');
  writeFileSync(join(cwd, 'status.json'), stdout);
  const { code, stderr } = await run('validate', 'status.json');
  expect(code).toBe(3);
  expect(stderr).toContain('missing key');
});

it('the plan stays as it is, and can be carried out', async () => {
  const before = readFileSync(join(cwd, 'my.plan'), 'utf8');
  await run('fmt', 'my.plan');
  expect(readFileSync(join(cwd, 'my.plan'), 'utf8')).toBe(before);
  expect((await run('apply', '--sandbox', 'my.plan')).code).toBe(0);
});
