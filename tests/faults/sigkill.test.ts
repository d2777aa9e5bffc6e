import { spawn } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startSandbox } from '../../src/sandbox/index.ts';
import { readState } from './cluster-state.ts';
import { beforeOf, leftOvers, touchedForeign } from './invariants.ts';
import { IS_LONG } from './matrix.ts';
import { PROJECT, SCENARIOS } from './scenarios.ts';
import { openTheatre, type Theatre } from './stage.ts';
import { copyOf } from './world.ts';

const PROGRAM = join(dirname(fileURLToPath(import.meta.url)), '../../dist/bin.cjs');
const LONG_MS = 600_000;
/** After which part of its requests a process is killed. */
const POINTS = IS_LONG ? [0.45, 0.65, 0.85] : [0.65];

let theatre: Theatre;
beforeAll(async () => {
  theatre = await openTheatre();
});
afterAll(() => theatre.close());

/** How often a task is asked after is a matter of how long it takes, which is not the same here as in the worlds. */
function isPoll(path: string): boolean {
  return path.includes('/tasks/UPID');
}

interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly output: string;
}

/** Runs the built program in a folder; what is given gets the process, to kill it by. */
function run(
  argv: readonly string[],
  cwd: string,
  env: Readonly<Record<string, string>>,
  onStart?: (kill: () => void) => void,
): Promise<Ended> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [PROGRAM, ...argv], { cwd, env: { ...env, HOME: cwd } });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += String(chunk)));
    child.on('close', (code, signal) => resolve({ code, signal, output }));
    onStart?.(() => child.kill('SIGKILL'));
  });
}

// `npm test` builds first.
describe.skipIf(!existsSync(PROGRAM))('the built program', () => {
  const scenarios = SCENARIOS.filter(({ name }) => IS_LONG || name === 'create');
  const cases = scenarios.flatMap((scenario) => POINTS.map((point) => [scenario.name, point] as const));

  it.each(cases)(
    'R-23: killed by SIGKILL in “%s” after %d of its requests, it comes to its end when it is run again',
    async (name, point) => {
      const scenario = SCENARIOS.find((one) => one.name === name);
      const { prepared, trace } = await theatre.stage(name);
      const steady = trace.filter(({ path }) => !isPoll(path)).length;
      const [folder, removeFolder] = copyOf(prepared);
      const [documents, removeDocuments] = copyOf(undefined);
      const onAnswer = { count: 0, kill: (): void => undefined };
      const sandbox = await startSandbox({
        ...{ directory: folder, seed: 7, taskTimeMs: 20 },
        log: ({ path }) => {
          if (isPoll(path)) return;
          onAnswer.count += 1;
          if (onAnswer.count === Math.ceil(steady * point)) onAnswer.kill();
        },
      });
      try {
        const before = beforeOf(readState(folder));
        writeFileSync(join(documents, 'vm.yaml'), scenario?.document(theatre.images) ?? '');
        writeFileSync(join(documents, 'pvevm.yaml'), PROJECT);
        writeFileSync(join(documents, 'ca.pem'), sandbox.ca);
        const env = {
          PVEVM_ENDPOINT: sandbox.endpoint,
          PVEVM_TOKEN: sandbox.token,
          PVEVM_CA: join(documents, 'ca.pem'),
        };
        const isRemoval = scenario?.isRemoval === true;
        const allow = (scenario?.allow ?? []).flatMap((effect) => ['--allow', effect]);
        const argv = [isRemoval ? 'destroy' : 'apply', 'vm.yaml', '--yes', ...allow];
        const killed = await run(argv, documents, env, (kill) => {
          onAnswer.kill = kill;
        });
        expect(killed).toMatchObject({ signal: 'SIGKILL' });
        const again = await run(argv, documents, env);
        expect(again, again.output).toMatchObject({ code: 0 });
        await sandbox.settled();
        if (!isRemoval)
          expect(await run(['plan', 'vm.yaml', '--detailed-exitcode'], documents, env)).toMatchObject({ code: 0 });
        const after = readState(folder);
        expect([...touchedForeign(before, after), ...leftOvers(before, after, isRemoval)]).toEqual([]);
      } finally {
        await sandbox.close();
        removeFolder();
        removeDocuments();
      }
    },
    LONG_MS,
  );
});
