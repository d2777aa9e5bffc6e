import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CommandFacts } from '../../src/cli/program-text/describe-program.ts';
import { programFacts } from '../../src/cli/program-text/program-facts.ts';
import type { Harness } from '../harness.ts';
import { type OutputName, outputSchema, problemsOfOutput } from '../output-schemas.ts';
import { type CliWorld, runCli } from '../run-cli.ts';
import { openServedFolder } from './served-folder.ts';
import { signalsOf } from './test-signals.ts';

let cwd = '';
let harness: Harness;
let env: Readonly<Record<string, string>> = {};
let close: () => Promise<void>;
const write = (name: string, text: string): void => writeFileSync(join(cwd, name), text);
const VM = 'kind: vm\nname: web-01\nnode: pve1\nha: false\n';

beforeAll(async () => {
  const served = await openServedFolder();
  ({ cwd, harness, close } = served);
  env = { HOME: cwd, XDG_CONFIG_HOME: join(cwd, 'config'), PATH: process.env['PATH'] ?? '', ...served.env };
  write('vm.yaml', VM);
  write('ugly.yaml', 'name: a\nkind: vm\n');
  writeFileSync(join(cwd, 'token'), harness.sandbox.token, { mode: 0o600 });
  mkdirSync(join(cwd, 'etc/nodes/pve1/qemu-server'), { recursive: true });
  write('etc/nodes/pve1/qemu-server/100.conf', 'name: a\n');
});
afterAll(() => close());

/** Stands for the URL of the sandbox. */
const ENDPOINT = 'ENDPOINT';

interface Case {
  readonly argv: readonly string[];
  readonly form: OutputName;
  /** 0 unless given. */
  readonly code?: number;
  readonly world?: CliWorld;
  /** Whether the environment says nothing of a server. */
  readonly isAlone?: boolean;
}

/** Command lines in an order in which each finds what it needs, with the schema of what `--json` makes each print. */
const CASES: readonly Case[] = [
  { argv: ['validate', 'vm.yaml'], form: 'validate' },
  { argv: ['validate', 'no.yaml'], form: 'validate', code: 3 },
  { argv: ['render', 'vm.yaml', '--origins'], form: 'render' },
  { argv: ['render', 'no.yaml'], form: 'render', code: 3 },
  { argv: ['fmt', '--check', 'ugly.yaml'], form: 'fmt', code: 1 },
  { argv: ['fmt', 'no.yaml'], form: 'fmt', code: 3 },
  { argv: ['plan', 'vm.yaml', '-o', 'my.plan'], form: 'plan' },
  { argv: ['plan', 'vm.yaml', '--detailed-exitcode'], form: 'plan', code: 2 },
  { argv: ['plan', 'no.yaml'], form: 'diagnostics', code: 3 },
  { argv: ['show', 'my.plan'], form: 'plan' },
  { argv: ['show', 'no.plan'], form: 'diagnostics', code: 3 },
  { argv: ['output', 'vm.yaml'], form: 'output', code: 9 },
  { argv: ['apply', '-y', 'vm.yaml', '--audit', 'audit.jsonl'], form: 'run' },
  { argv: ['apply', 'no.yaml'], form: 'diagnostics', code: 3 },
  { argv: ['status', 'vm.yaml', '--exit-code'], form: 'status' },
  { argv: ['status', 'no.yaml'], form: 'diagnostics', code: 3 },
  { argv: ['export', '*', 'vm/nobody'], form: 'export', code: 9 },
  { argv: ['audit', 'verify', 'audit.jsonl'], form: 'audit-verify' },
  { argv: ['audit', 'show', 'audit.jsonl'], form: 'audit-show' },
  { argv: ['audit', 'show', 'no.jsonl'], form: 'diagnostics', code: 3 },
  { argv: ['destroy', '-y', 'vm.yaml'], form: 'run' },
  { argv: ['reap', '-y'], form: 'run' },
  { argv: ['reap', '--dry-run'], form: 'plan' },
  { argv: ['up', 'vm.yaml', '--', 'true'], form: 'diagnostics', code: 3 },
  { argv: ['explain'], form: 'explain' },
  { argv: ['explain', 'vm.disks.*.iothread'], form: 'explain' },
  { argv: ['explain', 'vm.disks'], form: 'explain' },
  { argv: ['explain', 'PVEVM-STALE'], form: 'explain' },
  { argv: ['explain', 'nothing'], form: 'diagnostics', code: 3 },
  { argv: ['schema', '--list'], form: 'schema' },
  { argv: ['completion', 'bash'], form: 'diagnostics', code: 3 },
  {
    argv: ['login', ENDPOINT, '--context', 'lab', '--token-file', 'token', '--ca', 'ca.pem', '-y'],
    form: 'login',
    isAlone: true,
  },
  { argv: ['context', 'list'], form: 'context-list' },
  { argv: ['context', 'use', 'lab'], form: 'context-use' },
  { argv: ['context', 'list'], form: 'context-list', isAlone: true },
  { argv: ['context', 'remove', 'lab', '-y'], form: 'context-remove' },
  { argv: ['doctor'], form: 'doctor' },
  { argv: ['doctor'], form: 'doctor', code: 6, world: { env: { PVEVM_ENDPOINT: 'https://127.0.0.1:1' } } },
  { argv: ['sandbox', 'load', 'etc', '--dir', 'box'], form: 'sandbox-load' },
  { argv: ['sandbox', 'serve', 'box'], form: 'sandbox-serve', code: 130, world: { signals: signalsOf('SIGINT') } },
  { argv: ['sandbox', 'reset', 'box', '-y'], form: 'sandbox-reset' },
];

const leavesOf = (facts: CommandFacts): readonly CommandFacts[] =>
  facts.commands.length === 0 ? [facts] : facts.commands.flatMap(leavesOf);

/** The paths of the commands that a test has to be here for. */
function untold(paths: readonly string[], cases: readonly Case[]): readonly string[] {
  const told = (path: string): boolean => cases.some(({ argv }) => argv.join(' ').startsWith(path));
  return paths.filter((path) => !told(path));
}

describe('with --json each command prints one document of its published form', () => {
  it.each(CASES)('$argv: $form', async ({ argv, form, code = 0, world = {}, isAlone = false }) => {
    const at = argv.includes('--') ? argv.indexOf('--') : argv.length;
    const own = isAlone ? { HOME: cwd, XDG_CONFIG_HOME: join(cwd, 'config') } : env;
    const words = [...argv.slice(0, at), '--json', ...argv.slice(at)];
    const known = words.map((word) => (word === ENDPOINT ? harness.sandbox.endpoint : word));
    const run = await runCli(known, {
      ...{ cwd, ...world },
      env: { ...own, ...world.env },
    });
    const json = JSON.parse(run.stdout) as { readonly exit?: { readonly code: number } };
    expect(problemsOfOutput(form, json), run.stdout).toEqual([]);
    expect({ code: run.code, exit: json.exit?.code ?? code }).toEqual({ code, exit: code });
  });

  it('no command is left out, and one more would be found', () => {
    const paths = leavesOf(programFacts('1.2.3')).map(({ path }) => path);
    expect(paths.length).toBeGreaterThan(20);
    expect(untold(paths, CASES)).toEqual([]);
    expect(untold([...paths, 'ghost'], CASES)).toEqual(['ghost']);
  });

  it('and every published form is one that a command prints', () => {
    const printed = new Set(CASES.map(({ form }) => form));
    // One line each of --events, and of an audit log.
    expect(['events', 'audit'].filter((name) => printed.has(name as OutputName))).toEqual([]);
  });

  it('schema prints the JSON Schema of a kind, with and without --json', async () => {
    const [plain, json] = [await runCli(['schema', 'vm']), await runCli(['schema', 'vm', '--json'])];
    expect(JSON.parse(plain.stdout)).toMatchObject({ $schema: expect.stringContaining('draft-07') });
    expect(json.stdout).toBe(plain.stdout);
  });

  it('the file that up names to its command has the form of status', async () => {
    const command = ['sh', '-c', `cp "$PVEVM_OUTPUT" '${join(cwd, 'up.json')}'`];
    const { code } = await runCli(['up', '-y', '--no-wait', 'vm.yaml', '--', ...command], { cwd, env });
    expect(code).toBe(0);
    expect(problemsOfOutput('status', JSON.parse(readFileSync(join(cwd, 'up.json'), 'utf8')))).toEqual([]);
  });
});

describe('with --events', () => {
  const guest = (name: string, more = ''): string =>
    `kind: vm\nname: ${name}\nnode: pve1\nos: { media: null }\nconsole: { serial: null }\nha: false\n${more}`;

  /** The events of a run, each of which has its published form. */
  async function events(...argv: readonly string[]): Promise<readonly string[]> {
    const { stdout } = await runCli([...argv, '--events'], { cwd, env });
    const told = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { readonly type: string });
    expect(told.flatMap((event) => problemsOfOutput('events', event))).toEqual([]);
    return told.map(({ type }) => type);
  }

  /** Changes the guest's file by hand while the next write of its config is on its way. */
  async function meddle(vmid: number): Promise<void> {
    harness.sandbox.failNext(`PUT /nodes/pve1/qemu/${vmid}/config delay=60ms`);
    const before = harness.sandbox.requests.length;
    const isSent = (): boolean => harness.sandbox.requests.slice(before).some(({ method }) => method === 'PUT');
    while (!isSent()) await new Promise((resolve) => setTimeout(resolve, 2));
    const file = join(harness.sandbox.directory, 'nodes', 'pve1', 'qemu-server', `${vmid}.conf`);
    writeFileSync(file, readFileSync(file, 'utf8').replace(/^cores: \d+$/m, 'cores: 6'));
    harness.sandbox.reload();
  }

  it('each line is an event of the published form, and every type of event comes', async () => {
    const seen = new Set<string>();
    const take = (types: readonly string[]): void => types.forEach((type) => void seen.add(type));
    write('vm.yaml', guest('one'));
    take(await events('apply', '-y', 'vm.yaml'));
    write('vm.yaml', guest('one', 'memory: { size: 4GiB }\n'));
    const meddling = meddle(101);
    take(await events('apply', '-y', 'vm.yaml'));
    await meddling;
    write('vm.yaml', guest('two', 'power: running\n'));
    const message = "can't lock file '/var/lock/qemu-server/lock-102.conf' - got timeout";
    harness.sandbox.failNext({ method: 'POST', path: '/nodes/pve1/qemu', status: 500, message });
    harness.sandbox.failNext('POST /nodes/pve1/qemu/*/status/start task-error=boom');
    take(await events('apply', '-y', '--rollback-on-failure', 'vm.yaml'));
    const published = (outputSchema('events')['oneOf'] as { properties: { type: { enum: string[] } } }[]).flatMap(
      ({ properties }) => properties.type.enum,
    );
    expect([...seen].sort()).toEqual([...published].sort());
  });

  it.each([
    ['destroy', '-y', 'vm.yaml'],
    ['reap', '-y'],
  ])('%s tells of its run', async (...argv) => {
    write('vm.yaml', guest('one'));
    const types = await events(...argv);
    expect([types[0], types.at(-1)]).toEqual(['run.started', 'run.finished']);
  });
});
