import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parse } from 'yaml';
import type { JsonObject } from '../../src/core/json.ts';
import type { Sandbox } from '../../src/sandbox/index.ts';
import type { SandboxOptions } from '../../src/sandbox/sandbox.ts';
import { type Harness, startHarness } from '../harness.ts';
import { runCli } from '../run-cli.ts';

/** The set-up that a fixture's head (its lines that begin with `#|`) describes, as YAML. */
export interface RefusedSetup {
  /** What is proved, as in `R-17: a bridge that the node does not have`. */
  readonly reason: string;
  readonly world?: NonNullable<SandboxOptions['world']>;
  readonly version?: NonNullable<SandboxOptions['version']>;
  /** Requests that are sent beforehand, as in `POST /pools {poolid: dev}`. */
  readonly calls?: readonly string[];
  /** Files below `/etc/pve` that are written beforehand, as by hand. */
  readonly files?: Readonly<Record<string, string>>;
  /** A document that is applied beforehand. */
  readonly apply?: string;
  /** Nodes that go offline before the plan. */
  readonly offline?: readonly string[];
  /** The project file. */
  readonly project?: string;
  /** What the token of the plan may do, by path, names apart by spaces; it may do everything unless given. */
  readonly privileges?: Readonly<Record<string, string>>;
  /** The command and its options; `plan` unless given. */
  readonly command?: readonly string[];
}

/** What came of a fixture: the exit code, what the program said, and the writes that reached the server. */
export interface RefusedRun {
  readonly text: string;
  readonly writes: readonly unknown[];
}

/** The folder of the fixtures. */
export const REFUSED_FOLDER: string = join(import.meta.dirname, '../fixtures/refused');

/** The names of the fixtures, without their endings. */
export function refusedNames(): readonly string[] {
  return readdirSync(REFUSED_FOLDER)
    .filter((name) => name.endsWith('.yaml'))
    .map((name) => name.slice(0, -'.yaml'.length))
    .sort();
}

/** A fixture's document and its set-up. */
export function readRefused(name: string): { readonly yaml: string; readonly setup: RefusedSetup } {
  const yaml = readFileSync(join(REFUSED_FOLDER, `${name}.yaml`), 'utf8');
  const head = yaml.split('\n').flatMap((line) => (line.startsWith('#|') ? [line.slice(3)] : []));
  return { yaml, setup: parse(head.join('\n')) as RefusedSetup };
}

async function send({ pve, sandbox }: Harness, call: string): Promise<void> {
  const [, method = '', path = '', body = '{}'] = /^(\w+) (\S+)\s*(.*)$/s.exec(call) ?? [];
  const params = parse(body === '' ? '{}' : body) as JsonObject;
  if (method === 'POST') await pve.post(path, { params });
  else if (method === 'PUT') await pve.put(path, { params });
  else await pve.delete(path, { params });
  await sandbox.settled();
}

/** A new token of the user ci@pve that holds these privileges and no others, as its full text. */
export async function tokenWith({ pve }: Harness, privileges: Readonly<Record<string, string>>): Promise<string> {
  await pve.post('/access/users', { params: { userid: 'ci@pve' } });
  for (const [index, [path, privs]] of Object.entries(privileges).entries()) {
    const roleid = `Role${index}`;
    await pve.post('/access/roles', { params: { roleid, privs } });
    await pve.put('/access/acl', { params: { path, roles: roleid, users: 'ci@pve' } });
  }
  const made = await pve.post('/access/users/ci@pve/token/plan', { params: { privsep: 0 } });
  return `ci@pve!plan=${(made as { value: string }).value}`;
}

/** The settings by which the program comes to a sandbox. */
function environmentOf(sandbox: Sandbox, token: string): Readonly<Record<string, string>> {
  return { PVEVM_ENDPOINT: sandbox.endpoint, PVEVM_FINGERPRINT: sandbox.fingerprint, PVEVM_TOKEN: token };
}

function writeFiles(sandbox: Sandbox, files: Readonly<Record<string, string>>): void {
  for (const [name, text] of Object.entries(files)) {
    const file = join(sandbox.directory, name);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
  if (Object.keys(files).length > 0) sandbox.reload();
}

/** Sets a fixture's cluster up and runs the program on its document. */
export async function runRefused(name: string): Promise<RefusedRun> {
  const { yaml, setup } = readRefused(name);
  const {
    world,
    version,
    calls = [],
    files = {},
    apply,
    offline = [],
    project,
    privileges,
    command = ['plan'],
  } = setup;
  const harness = await startHarness({
    ...(world === undefined ? {} : { world }),
    ...(version === undefined ? {} : { version }),
  });
  try {
    if (apply !== undefined) await harness.apply(apply, project === undefined ? {} : { project });
    for (const call of calls) await send(harness, call);
    writeFiles(harness.sandbox, files);
    const token = privileges === undefined ? harness.sandbox.token : await tokenWith(harness, privileges);
    for (const nodeDown of offline) {
      harness.sandbox.failNext({ path: '/version', nodeDown });
      await harness.pve.get('/version');
    }
    harness.writes();
    const run = await runCli([...command, 'vm.yaml'], {
      files: { 'vm.yaml': yaml, ...(project === undefined ? {} : { 'pvevm.yaml': project }) },
      env: environmentOf(harness.sandbox, token),
    });
    return { text: `exit ${run.code}\n${run.stdout}${run.stderr}`, writes: harness.writes() };
  } finally {
    await harness.close();
  }
}
