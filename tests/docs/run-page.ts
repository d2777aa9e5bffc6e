import { spawn } from 'node:child_process';
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { startSandbox } from '../../src/sandbox/index.ts';
import { type Block, blocksOf, commandsOf, isShown, type ShownCommand } from './blocks.ts';
import { runInOrder } from './run-in-order.ts';
import { type Served, serve } from './serve.ts';

const root = join(import.meta.dirname, '../..');

/** What did not go as a page says. */
export interface Mismatch {
  readonly line: number;
  readonly command: string;
  readonly expected: string;
  readonly found: string;
}

/** What became of a page. */
export interface PageRun {
  readonly commands: number;
  readonly mismatches: readonly Mismatch[];
}

interface Place {
  cwd: string;
  readonly env: Record<string, string>;
  /** The sandbox that the page keeps up. */
  served?: Served;
}

/** Gives a folder a `pvevm` that shells find. */
function writeProgram(folder: string, program: string): void {
  mkdirSync(folder, { recursive: true });
  const script = join(folder, 'pvevm');
  writeFileSync(script, `#!/bin/sh\nexec "${process.execPath}" "${program}/bin.js" "$@"\n`);
  chmodSync(script, 0o755);
}

/** Runs a line in a shell, with the built program as `pvevm`; what is no line of the program alone. */
async function runInShell(command: string, { cwd, env }: Place): Promise<{ code: number; output: string }> {
  const child = spawn('bash', ['-c', `exec 2>&1\n${command}`], { cwd, env, stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  const code = await new Promise<number>((resolve, reject) => {
    child.once('error', reject).once('close', (status) => resolve(status ?? 1));
  });
  return { code, output };
}

/** The words of a command line without anything that needs a shell, and the file that its output goes to; undefined for other lines. */
function plainWords(command: string): { words: readonly string[]; to: string | undefined } | undefined {
  const [, line = '', to] = /^(.*?)(?: > (\S+))?$/.exec(command) ?? [];
  // A command of `up` writes to the program's own output.
  if (/\bpvevm up\b/.test(line)) return undefined;
  const bare = line.replaceAll(/'[^']*'|"[^"$`]*"/g, '');
  if (/[|&;<>$`*?()~]/.test(bare) || /"/.test(bare) || !/^(?:\w+=\S* )*pvevm\b/.test(line)) return undefined;
  const words = [...line.matchAll(/(?:[^\s'"]|'[^']*'|"[^"]*")+/g)].map(([word]) => word.replaceAll(/['"]/g, ''));
  return { words, to };
}

/** Starts a sandbox in place of the one that the page kept up before, and pastes what it prints into the page's shell. */
async function keepUp(words: readonly string[], place: Place): Promise<{ code: number; output: string }> {
  await place.served?.end();
  delete place.served;
  place.served = await serve(words, place);
  const { output } = place.served;
  for (const [, name = '', value = ''] of output.matchAll(/export (PVEVM_\w+)=(\S+)/g))
    place.env[name] = value.replaceAll(/['"]/g, '');
  return { code: 0, output };
}

async function run(command: string, place: Place): Promise<{ code: number; output: string }> {
  const [, name, value] = /^export (\w+)=(\S+)$/.exec(command) ?? [];
  if (name !== undefined && value !== undefined) {
    place.env[name] = value.replaceAll(/['"]/g, '');
    return { code: 0, output: '' };
  }
  const folder = /^cd (\S+)$/.exec(command)?.[1];
  if (folder !== undefined) {
    place.cwd = join(place.cwd, folder);
    return { code: existsSync(place.cwd) ? 0 : 1, output: '' };
  }
  const plain = plainWords(command);
  if (plain === undefined) return runInShell(command, place);
  const at = plain.words.indexOf('pvevm');
  const words = plain.words.slice(at + 1);
  if (words.slice(0, 2).join(' ') === 'sandbox serve') return keepUp(words, place);
  const variables = Object.fromEntries(plain.words.slice(0, at).map((word) => word.split(/=(.*)/s).slice(0, 2)));
  const { code, output, stdout } = await runInOrder(words, {
    cwd: place.cwd,
    env: { ...place.env, ...variables },
  });
  if (plain.to === undefined) return { code, output };
  writeFileSync(join(place.cwd, plain.to), stdout);
  return { code, output: '' };
}

/** Runs a command; in what it prints, the page's cluster has an address that a cluster may have. */
async function runAsShown(command: string, place: Place): Promise<{ code: number; output: string }> {
  const { code, output } = await run(command, place);
  return { code, output: output.replaceAll(/https:\/\/127\.0\.0\.1:\d+/g, 'https://pve1:8006') };
}

function mismatchOf(shown: ShownCommand, { code, output }: { code: number; output: string }): Mismatch | undefined {
  const { line, command } = shown;
  if (code !== shown.code) return { line, command, expected: `exit code ${shown.code}`, found: `${code}\n${output}` };
  if (shown.output === undefined || isShown(shown.output, output)) return undefined;
  return { line, command, expected: shown.output, found: output };
}

/** Writes the file that a block is, and makes scripts executable. */
function writeBlock({ file, text }: Block, cwd: string): void {
  if (file === undefined) return;
  const path = join(cwd, file);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  if (file.endsWith('.sh')) chmodSync(path, 0o755);
}

/**
 * Runs the commands of a page one after the other, in a folder with `examples/` and `schema/`, and writes its files
 * where they come. A sandbox stands in for the cluster that the environment names. `program` is the folder of the built
 * program, for lines that need a shell.
 */
export async function runPage(page: string, program: string): Promise<PageRun> {
  const home = mkdtempSync(join(tmpdir(), 'pvevm-docs-'));
  const sandbox = await startSandbox({ seed: 1, taskTimeMs: 5 });
  const place: Place = { cwd: join(home, 'work'), env: {} };
  try {
    const bin = join(home, '.bin');
    writeProgram(bin, program);
    Object.assign(place.env, {
      HOME: home,
      PATH: [bin, dirname(process.execPath), process.env['PATH'] ?? ''].join(':'),
      PVEVM_ENDPOINT: sandbox.endpoint,
      PVEVM_TOKEN: sandbox.token,
      PVEVM_CA: join(home, 'pve-root-ca.pem'),
    });
    writeFileSync(join(home, 'pve-root-ca.pem'), sandbox.ca);
    const folder = place.cwd;
    for (const name of ['examples', 'schema']) cpSync(join(root, name), join(folder, name), { recursive: true });
    const mismatches: Mismatch[] = [];
    let commands = 0;
    for (const block of blocksOf(page)) {
      writeBlock(block, folder);
      if (block.file !== undefined || block.reason !== undefined || !/^(?:console|sh)$/.test(block.language)) continue;
      for (const shown of commandsOf(block)) {
        commands += 1;
        const mismatch = mismatchOf(shown, await runAsShown(shown.command, place));
        if (mismatch !== undefined) mismatches.push(mismatch);
      }
    }
    return { commands, mismatches };
  } finally {
    await place.served?.end();
    await sandbox.close();
    rmSync(home, { recursive: true, force: true });
  }
}
