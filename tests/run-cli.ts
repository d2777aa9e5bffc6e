import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { main } from '../src/cli/main.ts';

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
}

/** Runs the program, from its sources, in a new folder with these files, and removes the folder. */
export async function runCli(argv: readonly string[], world: CliWorld = {}): Promise<CliRun> {
  const folder = mkdtempSync(join(tmpdir(), 'pvevm-test-'));
  try {
    for (const [name, content] of Object.entries(world.files ?? {})) {
      mkdirSync(dirname(join(folder, name)), { recursive: true });
      if (!name.endsWith('/')) writeFileSync(join(folder, name), content);
      else mkdirSync(join(folder, name), { recursive: true });
    }
    const written = { stdout: '', stderr: '' };
    const stream = (name: 'stdout' | 'stderr') => ({
      isTTY: world.isTTY ?? false,
      write: (text: string): void => {
        written[name] += text;
      },
    });
    async function* stdin(): AsyncGenerator<Uint8Array | string> {
      yield world.stdin ?? '';
    }
    const code = await main(argv, {
      stdout: stream('stdout'),
      stderr: stream('stderr'),
      stdin: stdin(),
      env: world.env ?? {},
      cwd: folder,
    });
    return { code, ...written };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
