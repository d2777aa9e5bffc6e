import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { continuationOf } from '../../src/cli/run/continuation.ts';
import { type CliRun, type CliWorld, runCli } from '../run-cli.ts';

let cwd = '';
const write = (name: string, text: string): void => writeFileSync(join(cwd, name), text);
const vm = (name: string): string => `kind: vm\nname: ${name}\nha: false\n`;

beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'pvevm-test-'));
  mkdirSync(join(cwd, 'guests'));
  write('pvevm.yaml', 'kind: project\nstack: lab\n');
  write('web.yaml', vm('web-01'));
  write('guests/old.yaml', vm('old-01'));
});
afterEach(() => rmSync(cwd, { recursive: true, force: true }));

const run = (argv: readonly string[], world: CliWorld = {}): Promise<CliRun> => runCli(argv, { cwd, ...world });

it('R-5: --prune takes the whole project alone: no files, globs, part of the folder, standard input, or --only', async () => {
  const refused: readonly (readonly [argv: readonly string[], why: string])[] = [
    [['web.yaml'], 'web.yaml is not the whole project'],
    [['web.yaml', 'guests/old.yaml'], 'is not the whole project'],
    [['guests'], 'guests is not the whole project'],
    [['**/*.yaml'], 'is not the whole project'],
    [['.', 'guests'], 'is not the whole project'],
    [['-'], 'is not the whole project'],
    [['pvevm.yaml', 'web.yaml'], 'is not the whole project'],
    [['--only', 'vm/web-01'], '--only names a part of the project'],
  ];
  for (const command of ['plan', 'apply']) {
    for (const [argv, why] of refused) {
      const { code, stderr } = await run([command, '--sandbox', '--prune', ...argv], { stdin: vm('x-01') });
      expect([argv, code]).toEqual([argv, 3]);
      expect(stderr).toMatch(new RegExp(`cannot use --prune: .*${why}`));
    }
  }
  const below = await run(['plan', '--sandbox', '--prune'], { cwd: join(cwd, 'guests') });
  expect(below.code).toBe(3);
  expect(below.stderr).toContain('the current folder is not the whole project, whose folder is ..');
});

it('--prune needs a project with a stack, with marks, and with a document', async () => {
  const why = async (project: string): Promise<string> => {
    write('pvevm.yaml', project);
    const { code, stderr } = await run(['plan', '--sandbox', '--prune']);
    expect(code).toBe(3);
    return stderr;
  };
  expect(await why('kind: project\n')).toContain('pvevm.yaml names no stack');
  write('web.yaml', `${vm('web-01')}vmid: 120\n`);
  rmSync(join(cwd, 'guests'), { recursive: true });
  expect(await why('kind: project\nstack: lab\nmark: none\n')).toContain('pvevm.yaml says mark: none');
  write('web.yaml', 'extends: base.yaml\n---\nkind: vm\nname: a\nextends: web.yaml\n');
  rmSync(join(cwd, 'pvevm.yaml'));
  write('web.yaml', vm('web-01'));
  expect((await run(['plan', '--sandbox', '--prune'])).stderr).toContain('the documents belong to no project');
  rmSync(join(cwd, 'web.yaml'));
  write('pvevm.yaml', 'kind: project\nstack: lab\n');
  const empty = await run(['plan', '--sandbox', '--prune']);
  expect(empty.code).toBe(3);
});

it('R-5: a document that is wrong refuses --prune before anything is contacted', async () => {
  rmSync(join(cwd, 'guests'), { recursive: true });
  write('more.yaml', 'kind: vm\nname: db-01\nnode: ${var.nowhere}\n');
  const { code, stdout, stderr } = await run(['apply', '--sandbox', '--prune', '--allow', 'data-loss', '-y']);
  expect({ code, stdout }).toEqual({ code: 3, stdout: '' });
  expect(stderr).toContain('more.yaml:3');
  expect(existsSync(join(cwd, '.pvevm'))).toBe(false);
});

it('a document that is taken out of the project is told of, and removed with --prune and --allow data-loss', async () => {
  expect((await run(['apply', '--sandbox', '-y'])).code).toBe(0);
  rmSync(join(cwd, 'guests'), { recursive: true });
  const told = await run(['plan', '--sandbox']);
  expect(told.stdout).toContain('No changes.');
  expect(told.stderr).toMatch(/vm\/old-01, guest 10[12] on pve2, is in no document of stack lab\..*--prune/s);
  expect((await run(['plan', '--sandbox', 'web.yaml'])).stderr).toBe('');
  const plan = await run(['plan', '--sandbox', '--prune', '.']);
  expect(plan.stdout).toMatch(/ - vm\/old-01 +10[12] on pve2, in no document of stack lab +pvevm\.yaml:1\n/);
  expect(plan.stdout).toMatch(/ - scsi0 +ceph-pool:vm-10\d-disk-1, 32 GiB +! data-loss/);
  expect(plan.stdout).toContain('Plan: 0 to add, 0 to change, 1 to destroy.');
  const refused = await run(['apply', '--sandbox', '--prune', '-y']);
  expect(refused.code).toBe(4);
  expect(refused.stderr).toContain('--allow data-loss');
  const applied = await run(['apply', '--sandbox', '--prune', '-y', '--allow', 'data-loss']);
  expect(applied.code).toBe(0);
  const after = await run(['plan', '--sandbox', '--prune', '--detailed-exitcode']);
  expect({ code: after.code, stderr: after.stderr }).toEqual({ code: 0, stderr: '' });
});

it('the folder of the project may be named from anywhere, through a link too', async () => {
  symlinkSync(cwd, join(cwd, '..', `${cwd.split('/').at(-1)}-link`));
  const link = `${cwd}-link`;
  try {
    for (const path of ['.', cwd, `${cwd}/`, link, 'guests/..']) {
      const { code, stderr } = await run(['plan', '--sandbox', '--prune', path]);
      expect([path, code, stderr]).toEqual([path, 0, '']);
    }
  } finally {
    rmSync(link);
  }
});

it('R-5: a link to a folder, whose documents are not read, refuses --prune', async () => {
  const elsewhere = mkdtempSync(join(tmpdir(), 'pvevm-test-'));
  writeFileSync(join(elsewhere, 'linked.yaml'), vm('linked-01'));
  symlinkSync(elsewhere, join(cwd, 'guests', 'more'));
  const { code, stderr } = await run(['plan', '--sandbox', '--prune']);
  rmSync(elsewhere, { recursive: true });
  expect(code).toBe(3);
  expect(stderr).toContain('cannot use --prune: guests/more is a link to a folder');
});

it('a saved plan holds its removals, and takes no option that says what a plan is made of', async () => {
  await run(['apply', '--sandbox', '-y']);
  rmSync(join(cwd, 'guests'), { recursive: true });
  await run(['plan', '--sandbox', '--prune', '-o', 'plan.json']);
  for (const option of [['--prune'], ['--only', 'vm/web-01'], ['--renew'], ['--rotate-secrets']]) {
    const { code, stderr } = await run(['apply', '--sandbox', ...option, 'plan.json']);
    expect(code).toBe(3);
    expect(stderr).toContain(`cannot use ${option[0]} with a saved plan`);
  }
  expect((await run(['apply', '--sandbox', 'plan.json'])).code).toBe(4);
  const applied = await run(['apply', '--sandbox', '--allow', 'data-loss', 'plan.json']);
  expect(applied.stdout + applied.stderr).toContain('destroy');
  expect(applied.code).toBe(0);
});

it('the command that goes on after a failure repeats --prune and --only', () => {
  expect(continuationOf('apply', ['.'], { prune: true })).toBe('pvevm apply --prune .');
  expect(continuationOf('apply', [], { only: ['vm/web-*', 'tag=a'] })).toBe(
    "pvevm apply --only 'vm/web-*' --only tag=a",
  );
});
