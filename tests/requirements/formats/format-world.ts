import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Harness, startHarness } from '../../harness.ts';
import { type CliRun, type CliWorld, runCli } from '../../run-cli.ts';
import { type Rewrite, startRewritingRelay } from './rewriting-relay.ts';

/** A folder and a cluster in which every format is asked to show the same thing. */
export interface FormatWorld {
  readonly cwd: string;
  /** The cluster itself, behind what changes its answers. */
  readonly harness: Harness;
  write(name: string, text: string): void;
  read(name: string): string;
  /** The program, in this folder and with this cluster. */
  run(argv: readonly string[], world?: CliWorld): Promise<CliRun>;
  /** What is around a run that writes: the signals that come while it runs. */
  around: () => CliWorld;
  close(): Promise<void>;
}

/** How a world of formats is made. */
export interface FormatWorldOptions {
  readonly taskTimeMs?: number;
  readonly rewrite?: Rewrite;
  readonly env?: Readonly<Record<string, string>>;
}

/** Makes a folder and a cluster, whose answers are other ones where `rewrite` says so. */
export async function makeFormatWorld(options: FormatWorldOptions = {}): Promise<FormatWorld> {
  const { taskTimeMs = 1, rewrite = () => undefined, env = {} } = options;
  const cwd = mkdtempSync(join(tmpdir(), 'pvevm-test-'));
  const harness = await startHarness({ taskTimeMs });
  const relay = await startRewritingRelay(harness.sandbox.endpoint, rewrite);
  const base = { PATH: process.env['PATH'] ?? '', HOME: cwd, XDG_CONFIG_HOME: join(cwd, 'config') };
  const server = {
    ...{ PVEVM_ENDPOINT: relay.endpoint, PVEVM_FINGERPRINT: relay.fingerprint },
    PVEVM_TOKEN: harness.sandbox.token,
  };
  return {
    cwd,
    harness,
    write: (name, text) => writeFileSync(join(cwd, name), text),
    read: (name) => readFileSync(join(cwd, name), 'utf8'),
    run: (argv, world = {}) => runCli(argv, { cwd, ...world, env: { ...base, ...server, ...env, ...world.env } }),
    around: () => ({}),
    close: async () => {
      await relay.close();
      await harness.close();
      rmSync(cwd, { recursive: true, force: true });
    },
  };
}
