import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Signals } from '../src/cli/io.ts';
import { main, type Program } from '../src/cli/main.ts';

/** What a run of the program wrote, and its exit code. */
export interface CliRun {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** What a test says of the world around the program. */
export interface CliWorld {
  readonly files?: Readonly<Record<string, string | Uint8Array>>;
  readonly stdin?: string | Uint8Array;
  readonly env?: Readonly<Record<string, string>>;
  readonly isTTY?: boolean;
  /** How wide the terminal is; nobody says so unless given. */
  readonly columns?: number;
  /** Signals that the test sends. */
  readonly signals?: Signals;
  /** The folder to run in, which stays; a new one that is removed unless given. */
  readonly cwd?: string;
  /** What runs the commands; the sources unless given. */
  readonly load?: () => Promise<Program>;
}

/** Runs the program, from its sources, in a new folder with these files, and removes the folder. */
export async function runCli(argv: readonly string[], world: CliWorld = {}): Promise<CliRun> {
  const folder = world.cwd ?? mkdtempSync(join(tmpdir(), 'pvevm-test-'));
  try {
    for (const [name, content] of Object.entries(world.files ?? {})) {
      mkdirSync(dirname(join(folder, name)), { recursive: true });
      if (!name.endsWith('/')) writeFileSync(join(folder, name), content);
      else mkdirSync(join(folder, name), { recursive: true });
    }
    const written = { stdout: '', stderr: '' };
    const stream = (name: 'stdout' | 'stderr') => ({
      isTTY: world.isTTY ?? false,
      ...(world.columns === undefined ? {} : { columns: world.columns, rows: 24 }),
      write: (text: string): void => {
        written[name] += text;
      },
    });
    async function* stdin(): AsyncGenerator<Uint8Array | string> {
      yield world.stdin ?? '';
    }
    const io = {
      stdout: stream('stdout'),
      stderr: stream('stderr'),
      stdin: Object.assign(stdin(), { isTTY: world.isTTY ?? false }),
      env: world.env ?? {},
      cwd: folder,
      ...(world.signals === undefined ? {} : { signals: world.signals }),
    };
    const code = await main(argv, io, world.load);
    return { code, ...written };
  } finally {
    if (world.cwd === undefined) rmSync(folder, { recursive: true, force: true });
  }
}
