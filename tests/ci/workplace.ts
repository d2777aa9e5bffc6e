import { spawn } from 'node:child_process';
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { type Sandbox, startSandbox } from '../../src/sandbox/index.ts';

const root = join(import.meta.dirname, '../..');

/** What a script wrote, and its exit code. */
export interface ScriptRun {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A repository as the examples describe it, with the built program and a cluster. */
export interface Workplace {
  readonly folder: string;
  readonly sandbox: Sandbox;
  /** Runs a script as a CI system does. */
  run(
    script: string,
    options?: { readonly shell?: readonly string[]; readonly env?: Readonly<Record<string, string>> },
  ): Promise<ScriptRun>;
  read(file: string): string;
  write(file: string, text: string): void;
  close(): Promise<void>;
}

/** Builds the program into a folder, which is to be removed. */
export async function buildProgram(): Promise<string> {
  const folder = mkdtempSync(join(root, 'node_modules/.ci-test-'));
  await build({
    entryPoints: [join(root, 'src/bin.ts')],
    ...{ bundle: true, splitting: true, format: 'esm', platform: 'node', target: 'node20.19', outdir: folder },
    logLevel: 'error',
    banner: { js: "import { createRequire as from } from 'node:module'; const require = from(import.meta.url);" },
  });
  return folder;
}

// The comments of a pull request, in a file; --jq is answered as the examples ask.
const GH = `
import { existsSync, readFileSync, writeFileSync, appendFileSync } from 'node:fs';
const file = process.env.GH_COMMENTS;
const args = process.argv.slice(2);
const comments = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : [{ id: 1, user: { type: 'User' }, body: process.env.MARKER + '\\nmine' }];
appendFileSync(file + '.log', args.join(' ') + '\\n');
if (args.includes('--jq')) {
  const found = comments.filter(({ user, body }) => user.type === 'Bot' && body.startsWith(process.env.MARKER));
  process.stdout.write(found.map(({ id }) => id + '\\n').join(''));
} else {
  const path = args.find((argument) => argument.startsWith('repos/'));
  const field = args[args.indexOf('--field') + 1];
  const body = readFileSync(field.slice('body=@'.length), 'utf8');
  const id = /comments\\/(\\d+)$/.exec(path)?.[1];
  if (args.includes('PATCH')) comments.find((comment) => comment.id === Number(id)).body = body;
  else comments.push({ id: comments.length + 1, user: { type: 'Bot' }, body });
  writeFileSync(file, JSON.stringify(comments));
}
`;

function runScript(command: readonly string[], cwd: string, env: Readonly<Record<string, string>>): Promise<ScriptRun> {
  const [program = '', ...args] = command;
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
    const written = { stdout: '', stderr: '' };
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      written.stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      written.stderr += text;
    });
    child.on('error', reject);
    child.on('close', (code) => resolve({ code: code ?? -1, ...written }));
  });
}

/** Makes a repository with documents in `guests` and `ci`, and a cluster; `program` is what `buildProgram` gave back. */
export async function openWorkplace(program: string): Promise<Workplace> {
  const sandbox = await startSandbox({ seed: 1, taskTimeMs: 1 });
  const folder = mkdtempSync(join(tmpdir(), 'pvevm-ci-'));
  const inFolder = (file: string): string => join(folder, file);
  for (const name of ['guests', 'ci', 'bin', 'temp']) mkdirSync(inFolder(name));
  for (const name of ['pvevm.yaml', 'vms.yaml'])
    copyFileSync(join(root, 'examples/fleet', name), inFolder(`guests/${name}`));
  copyFileSync(join(root, 'examples/ci-runner.yaml'), inFolder('ci/ci-runner.yaml'));
  writeFileSync(inFolder('ci/pvevm.yaml'), 'kind: project\nstack: ci\n');
  writeFileSync(inFolder('bin/gh.mjs'), GH);
  const shims = {
    pvevm: `exec "${process.execPath}" "${program}/bin.js" "$@"`,
    gh: `exec "${process.execPath}" "${inFolder('bin/gh.mjs')}" "$@"`,
    npm: `echo "npm $*" >> "${inFolder('npm.log')}"`,
  };
  for (const [name, line] of Object.entries(shims)) {
    writeFileSync(inFolder(`bin/${name}`), `#!/bin/sh\n${line}\n`);
    chmodSync(inFolder(`bin/${name}`), 0o755);
  }
  const env = {
    PATH: `${inFolder('bin')}:${process.env['PATH'] ?? ''}`,
    HOME: folder,
    PVEVM_ENDPOINT: sandbox.endpoint,
    PVEVM_TOKEN: sandbox.token,
    PVEVM_FINGERPRINT: sandbox.fingerprint,
    GH_COMMENTS: inFolder('comments.json'),
  };
  return {
    folder,
    sandbox,
    run: (script, { shell = ['bash', '-e'], env: more = {} } = {}) => {
      writeFileSync(inFolder('temp/script.sh'), script);
      return runScript([...shell, inFolder('temp/script.sh')], folder, { ...env, ...more });
    },
    read: (file) => readFileSync(inFolder(file), 'utf8'),
    write: (file, text) => writeFileSync(inFolder(file), text),
    close: async () => {
      await sandbox.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
