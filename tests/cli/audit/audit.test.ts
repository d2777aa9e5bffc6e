import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { REDACTED } from '../../../src/core/redact.ts';
import type { AuditRecord } from '../../../src/report/audit/audit-record.ts';
import { type Sandbox, startSandbox } from '../../../src/sandbox/index.ts';
import { problemsOfOutput } from '../../output-schemas.ts';
import { type CliRun, runCli } from '../../run-cli.ts';

const SECRET = 'correct-horse-battery';
const DOCUMENT = `kind: vm
name: web-01
node: pve1
ha: false
description: "wörld 你好 \\u009b31m"
cloudInit: { user: me, password: "\${env.PW}" }
---
kind: vm
name: web-02
node: pve2
ha: false
`;

let cwd = '';
let sandbox: Sandbox;
let env: Record<string, string> = {};
beforeEach(async () => {
  cwd = mkdtempSync(join(tmpdir(), 'pvevm-test-'));
  sandbox = await startSandbox({ taskTimeMs: 0, seed: 7 });
  writeFileSync(join(cwd, 'ca.pem'), sandbox.ca);
  writeFileSync(join(cwd, 'vm.yaml'), DOCUMENT);
  const connection = { PVEVM_ENDPOINT: sandbox.endpoint, PVEVM_TOKEN: sandbox.token, PVEVM_CA: join(cwd, 'ca.pem') };
  env = { ...connection, PW: SECRET, HOME: cwd };
});
afterEach(async () => {
  await sandbox.close();
  rmSync(cwd, { recursive: true, force: true });
});

const run = (argv: readonly string[], more: Record<string, string> = {}): Promise<CliRun> =>
  runCli(argv, { cwd, env: { ...env, ...more } });
const textOf = (name = 'audit.jsonl'): string => readFileSync(join(cwd, name), 'utf8');
const recordsOf = (name?: string): readonly AuditRecord[] =>
  textOf(name)
    .split('\n')
    .flatMap((line) => (line.endsWith('"}') ? [JSON.parse(line) as AuditRecord] : []));
const writes = (): readonly string[] =>
  sandbox.requests.filter(({ method }) => method !== 'GET').map(({ method, path }) => `${method} ${path}`);
const requestsIn = (records: readonly AuditRecord[]): readonly string[] =>
  records.flatMap((record) => (record.type === 'request' ? [`${record.method} ${record.path}`] : []));

describe('the audit log', () => {
  it('says who did what, and holds each request with what became of it', async () => {
    const { code, stderr } = await run(['apply', '-y', 'vm.yaml', '--audit', 'audit.jsonl'], { GITHUB_RUN_ID: '77' });
    expect(code).toBe(0);
    const records = recordsOf();
    expect(records.flatMap((record) => problemsOfOutput('audit', record))).toEqual([]);
    expect(records[0]).toMatchObject({
      ...{ type: 'run.opened', command: 'apply', user: 'root@pam!sandbox', ci: { GITHUB_RUN_ID: '77' } },
      documents: [{ file: 'vm.yaml' }],
    });
    expect([...requestsIn(records)].sort()).toEqual([...writes()].sort());
    const answers = records.flatMap((record) => (record.type === 'answer' ? [record] : []));
    expect(answers).toHaveLength(writes().length);
    expect(answers.filter(({ upid }) => upid?.includes(':qmcreate:'))).toHaveLength(2);
    expect(records.at(-1)).toMatchObject({ type: 'event', event: { type: 'run.finished', outcome: 'ok' } });
    expect(stderr).toContain(`Audit log: audit.jsonl, head ${records.at(-1)?.sha256}\n`);
  });

  it('has each request between the begin and the end of its step', async () => {
    await run(['apply', '-y', 'vm.yaml', '--audit', 'audit.jsonl']);
    const open = new Set<string>();
    for (const record of recordsOf()) {
      if (record.type === 'request') expect(open).toContain(record.step);
      if (record.type !== 'event') continue;
      if (record.event.type === 'step.started') open.add(record.event.step);
      if (record.event.type === 'step.finished') open.delete(record.event.step);
    }
    expect(open.size).toBe(0);
  });

  it('R-48, R-50: holds no secret, and no character that a terminal would obey', async () => {
    expect((await run(['apply', '-y', 'vm.yaml', '--audit', 'audit.jsonl'])).code).toBe(0);
    const text = textOf();
    expect(text).not.toContain(SECRET);
    expect(text).not.toContain(sandbox.token.replace(/.*=/, ''));
    const password = recordsOf().find((record) => record.type === 'request' && 'cipassword' in record.params);
    expect(password).toMatchObject({ params: { cipassword: REDACTED } });
    expect(text).toContain('wörld 你好 \\u009b31m');
    expect(text).not.toContain('\u009b');
    const shown = await run(['audit', 'show', 'audit.jsonl']);
    expect(shown.stdout).toContain('wörld 你好 \\x9b31m');
    expect(shown.stdout).not.toContain('\u009b');
  });

  it('is named by the option, PVEVM_AUDIT, or the context, in this order', async () => {
    const [option, variable, context] = ['option.jsonl', 'variable.jsonl', '.config/pvevm/context.jsonl'];
    mkdirSync(join(cwd, '.config/pvevm'), { recursive: true });
    const { endpoint, token } = sandbox;
    const home = { endpoints: [endpoint], token, ca: '../../ca.pem', audit: 'context.jsonl' };
    const file = join(cwd, '.config/pvevm/config.yaml');
    writeFileSync(file, JSON.stringify({ current: 'home', contexts: { home } }), { mode: 0o600 });
    env = { PW: SECRET, HOME: cwd };
    const named = (): readonly boolean[] => [option, variable, context].map((name) => existsSync(join(cwd, name)));
    await run(['apply', '-y', 'vm.yaml', '--audit', option], { PVEVM_AUDIT: variable });
    expect(named()).toEqual([true, false, false]);
    await run(['destroy', '-y', 'vm.yaml'], { PVEVM_AUDIT: variable });
    expect(named()).toEqual([true, true, false]);
    await run(['apply', '-y', 'vm.yaml']);
    expect(named()).toEqual([true, true, true]);
    expect(recordsOf(variable)[0]).toMatchObject({ command: 'destroy', allowed: ['data-loss', 'restart'] });
  });

  it('is not touched by a run that has nothing to do', async () => {
    await run(['apply', '-y', 'vm.yaml']);
    for (const more of [[], ['--json']])
      expect((await run(['apply', '-y', 'vm.yaml', '--audit', 'audit.jsonl', ...more])).code).toBe(0);
    expect(existsSync(join(cwd, 'audit.jsonl'))).toBe(false);
  });

  it('is refused before the first write where it cannot be written', async () => {
    for (const file of ['vm.yaml', '.', 'no/folder/log', '/dev/zero']) {
      const { code, stderr } = await run(['apply', '-y', 'vm.yaml', '--audit', file]);
      expect({ file, code }).toEqual({ file, code: 1 });
      expect(stderr).toContain('audit log');
    }
    expect(textOf('vm.yaml')).toBe(DOCUMENT);
    expect(writes()).toEqual([]);
  });

  it('goes on in one chain over apply, destroy and up', async () => {
    const log = ['--audit', 'audit.jsonl'];
    writeFileSync(join(cwd, 'ci.yaml'), 'kind: vm\nname: ci-01\nha: false\n');
    expect((await run(['apply', '-y', 'vm.yaml', ...log])).code).toBe(0);
    expect((await run(['destroy', '-y', 'vm.yaml', ...log])).code).toBe(0);
    expect((await run(['up', 'ci.yaml', ...log, '--', process.execPath, '-e', '0'])).code).toBe(0);
    const opened = recordsOf().flatMap((record) => (record.type === 'run.opened' ? [record.command] : []));
    expect(opened).toEqual(['apply', 'destroy', 'up', 'up']);
    expect([...requestsIn(recordsOf())].sort()).toEqual([...writes()].sort());
    const { code, stdout } = await run(['audit', 'verify', 'audit.jsonl']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^audit\.jsonl is whole: \d+ lines, 4 runs\.\nhead [0-9a-f]{64}\n$/);
  });
});

describe('pvevm audit', () => {
  beforeEach(() => run(['apply', '-y', 'vm.yaml', '--audit', 'audit.jsonl']));

  it('verify says which line is broken and how, with exit code 1', async () => {
    const lines = textOf().split('\n');
    writeFileSync(join(cwd, 'audit.jsonl'), [...lines.slice(0, 5), ...lines.slice(6)].join('\n'));
    const { code, stderr } = await run(['audit', 'verify', 'audit.jsonl']);
    expect(code).toBe(1);
    expect(stderr).toContain('line 6: removed: before it record 6 is missing\n');
    const { stdout } = await run(['audit', 'verify', 'audit.jsonl', '--json']);
    expect(JSON.parse(stdout)).toMatchObject({ exit: { code: 1 }, problems: [{ line: 6, type: 'removed' }] });
  });

  it('verify takes the head that the run has printed', async () => {
    const head = String(recordsOf().at(-1)?.sha256);
    expect((await run(['audit', 'verify', '--head', head], { PVEVM_AUDIT: 'audit.jsonl' })).code).toBe(0);
    writeFileSync(join(cwd, 'audit.jsonl'), `${textOf().trimEnd().split('\n').slice(0, -1).join('\n')}\n`);
    expect((await run(['audit', 'verify', 'audit.jsonl'])).code).toBe(0);
    expect((await run(['audit', 'verify', 'audit.jsonl', '--head', head])).code).toBe(1);
    expect((await run(['audit', 'verify', 'audit.jsonl', '--head', 'abc'])).code).toBe(3);
    expect((await run(['audit', 'verify'])).code).toBe(3);
    expect((await run(['audit', 'verify', 'missing.jsonl'])).code).toBe(3);
  });

  it('show prints what was done, of one run or one resource', async () => {
    const { stdout } = await run(['audit', 'show', 'audit.jsonl', '--resource', 'vm/web-02']);
    expect(stdout).toMatch(/^run [0-9a-f-]{36} {2}apply {2}/);
    expect(stdout).toContain('POST /nodes/pve2/qemu\n');
    expect(stdout).not.toContain('web-01');
    const [first] = recordsOf();
    const json = await run(['audit', 'show', 'audit.jsonl', '--run', String(first?.run).slice(0, 8), '--json']);
    expect(JSON.parse(json.stdout).records).toEqual(recordsOf());
    const none = await run(['audit', 'show', 'audit.jsonl', '--run', 'x']);
    expect(none).toMatchObject({ code: 0, stdout: '', stderr: 'There is no such record in the log.\n' });
  });

  it('show says of an empty log that it is empty', async () => {
    writeFileSync(join(cwd, 'empty.jsonl'), '');
    const empty = { code: 0, stdout: '', stderr: 'The log is empty.\n' };
    expect(await run(['audit', 'show', 'empty.jsonl'])).toEqual(empty);
    expect(await run(['audit', 'show', 'empty.jsonl', '--run', 'x'])).toEqual(empty);
  });

  it('verify names the first places of a file that is no log, and all of them with --json', async () => {
    writeFileSync(join(cwd, 'other.txt'), 'x\n'.repeat(100));
    const { code, stdout, stderr } = await run(['audit', 'verify', 'other.txt']);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr.split('\n')).toHaveLength(23);
    expect(stderr).toContain('\n… and 80 more places; --json names them all.\nerror: other.txt is broken');
    const json = await run(['audit', 'verify', 'other.txt', '--json']);
    expect(JSON.parse(json.stdout).problems).toHaveLength(100);
  });
});

describe('the built program', () => {
  let folder = '';
  let program = '';
  beforeAll(async () => {
    folder = mkdtempSync(join(import.meta.dirname, '../../../node_modules/.audit-test-'));
    await build({
      entryPoints: [join(import.meta.dirname, '../../../src/bin.ts')],
      ...{ bundle: true, splitting: true, format: 'esm', platform: 'node', target: 'node20.19', outdir: folder },
      logLevel: 'error',
      banner: { js: "import { createRequire as from } from 'node:module'; const require = from(import.meta.url);" },
    });
    program = join(folder, 'bin.js');
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const start = (command: readonly string[], killAfter = Number.POSITIVE_INFINITY): Promise<number | string> =>
    new Promise((resolve) => {
      const [name = '', ...argv] = command;
      const child = spawn(name, argv, { cwd, env: { ...env, PATH: process.env['PATH'] }, stdio: 'ignore' });
      const watch = setInterval(() => {
        if (writes().length >= killAfter) child.kill('SIGKILL');
      }, 1);
      child.on('close', (code, signal) => {
        clearInterval(watch);
        resolve(signal ?? code ?? '');
      });
    });
  const apply = (): readonly string[] => [
    process.execPath,
    program,
    'apply',
    '-y',
    'vm.yaml',
    '--audit',
    'audit.jsonl',
  ];

  it('R-23: killed by SIGKILL, has recorded every request that it has sent, and the next run goes on with the log', async () => {
    for (const count of [1, 1]) {
      expect(await start(apply(), writes().length + count)).toBe('SIGKILL');
      expect([...writes()].filter((write) => !requestsIn(recordsOf()).includes(write))).toEqual([]);
      expect(requestsIn(recordsOf()).length).toBeGreaterThanOrEqual(writes().length);
    }
    expect(await start(apply())).toBe(0);
    const { code, stdout, stderr } = await run(['audit', 'verify', 'audit.jsonl']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/[23] runs\./);
    expect(stdout).toContain('has no end: it was killed');
  }, 60_000);

  it('whose log cannot grow stops as for an interrupt, and the next run goes on', async () => {
    const limited = ['bash', '-c', `ulimit -f 8; exec "$@"`, '-', ...apply()];
    expect(await start(limited)).toBe(8);
    const sent = writes();
    expect(sent.length).toBeGreaterThan(0);
    expect(sent.filter((write) => !requestsIn(recordsOf()).includes(write))).toEqual([]);
    expect(await start(apply())).toBe(0);
    expect(writes().length).toBeGreaterThan(sent.length);
    expect((await run(['audit', 'verify', 'audit.jsonl'])).code).toBe(0);
  }, 60_000);
});
