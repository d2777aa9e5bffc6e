import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';
import { type Harness, startHarness } from '../../harness.ts';

/** How a process ended, and what it wrote. */
export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A process of the program that runs. */
export interface Running {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  /** Resolves when a text was written to one of its outputs; rejects where it ends without. */
  said(text: string): Promise<void>;
  /** Sends a signal again and again until the process has ended, as a person who has lost patience. */
  insist(signal: NodeJS.Signals): Promise<Ended>;
}

/** A folder, a sandbox that is another process to the program, and the program itself. */
export interface World {
  readonly cwd: string;
  readonly program: string;
  readonly env: Readonly<Record<string, string>>;
  readonly harness: Harness;
  write(name: string, text: string): void;
  /** Starts a command: the program with these arguments unless `command` says something else. */
  start(argv: readonly string[], options?: SpawnOptions & { readonly command?: string }): Running;
  /** Runs a line of a shell in which `$PVEVM` is the program. */
  shell(line: string): Running;
}

const SOURCE = join(import.meta.dirname, '../../../src/bin.ts');
const ROOM = join(import.meta.dirname, '../../../node_modules');

function watch(child: ChildProcess): Running {
  const written = { stdout: '', stderr: '' };
  const listeners = new Set<() => void>();
  for (const name of ['stdout', 'stderr'] as const)
    child[name]?.on('data', (data) => {
      written[name] += String(data);
      for (const listener of [...listeners]) listener();
    });
  const ended = once(child, 'close').then(([code, signal]) => ({ code, signal, ...written }) as Ended);
  return {
    child,
    ended,
    said: (text) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          if (!`${written.stdout}${written.stderr}`.includes(text)) return;
          listeners.delete(look);
          resolve();
        };
        listeners.add(look);
        look();
        ended.then(() => reject(new Error(`ended without '${text}':\n${written.stdout}${written.stderr}`)), reject);
      }),
    insist: async (signal) => {
      const timer = setInterval(() => child.kill(signal), 60);
      try {
        return await ended;
      } finally {
        clearInterval(timer);
      }
    },
  };
}

/** Looks again and again until something is so. */
export async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  for (let look = 0; look < 1000; look += 1) {
    if (await isSo()) return;
    await new Promise((done) => setTimeout(done, 10));
  }
  throw new Error('it never came');
}

/** Makes a world for each test of a file, whose tasks take so many milliseconds; the program is built once, from its sources. */
export function useWorld(taskTimeMs: number): World {
  let folder = '';
  let cwd = '';
  let harness: Harness | undefined;
  let env: Record<string, string> = {};
  const running = new Set<ChildProcess>();
  beforeAll(async () => {
    folder = mkdtempSync(join(ROOM, '.ends-test-'));
    await build({
      entryPoints: [SOURCE],
      ...{ bundle: true, splitting: true, format: 'esm', platform: 'node', target: 'node20.19', outdir: folder },
      logLevel: 'error',
      banner: { js: "import { createRequire as from } from 'node:module'; const require = from(import.meta.url);" },
    });
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  beforeEach(async () => {
    cwd = mkdtempSync(join(tmpdir(), 'pvevm-test-'));
    harness = await startHarness({ taskTimeMs });
    const { endpoint, token, ca } = harness.sandbox;
    writeFileSync(join(cwd, 'ca.pem'), ca);
    env = { PATH: process.env['PATH'] ?? '', HOME: cwd, PVEVM_ENDPOINT: endpoint, PVEVM_TOKEN: token };
    env = { ...env, PVEVM_CA: join(cwd, 'ca.pem'), PVEVM: join(folder, 'bin.js'), NODE: process.execPath };
  });
  afterEach(async () => {
    for (const child of running) child.kill('SIGKILL');
    running.clear();
    await harness?.close();
    rmSync(cwd, { recursive: true, force: true });
  });
  const start: World['start'] = (argv, { command, ...options } = {}) => {
    const words = command === undefined ? [join(folder, 'bin.js'), ...argv] : argv;
    const child = spawn(command ?? process.execPath, words, {
      cwd,
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
      ...options,
    });
    running.add(child);
    child.once('close', () => running.delete(child));
    return watch(child);
  };
  return {
    get cwd() {
      return cwd;
    },
    get program() {
      return join(folder, 'bin.js');
    },
    get env() {
      return env;
    },
    get harness() {
      if (harness === undefined) throw new Error('there is no sandbox before the first test');
      return harness;
    },
    write: (name, text) => writeFileSync(join(cwd, name), text),
    start,
    shell: (line) => start(['-c', line], { command: 'sh' }),
  };
}
