import type { FactVersion } from '../../../src/pve/facts/fact-versions.ts';
import { createVirtualClock, startSandbox } from '../../../src/sandbox/index.ts';
import { disagreementAt } from './disagreements.ts';
import { readExchanges } from './exchange.ts';
import { timeBefore } from './recorded-time.ts';
import { createReplay } from './replay.ts';
import { type Replayed, type Tally, tallyOf } from './report.ts';

/** How long after its creation a guest was shown whole by `/cluster/resources`, about. */
const BROADCAST_MS = 1000;
/** About as long as a task took. */
const TASK_MS = 300;
/** Longer than any task that goes on by itself. */
const LONG_MS = 600_000;

/** What some recordings came to, by recording and by exchange. */
export interface Chain {
  readonly tallies: readonly Tally[];
  readonly replayed: readonly Replayed[];
}

/** Replays recordings in order on one new sandbox. */
export async function replayChain(root: string, version: FactVersion, names: readonly string[]): Promise<Chain> {
  const clock = createVirtualClock(timeBefore(names.flatMap((name) => readExchanges(root, version, name))));
  const sandbox = await startSandbox({
    ...{ world: 'recorded', version, clock, taskTimeMs: TASK_MS, seed: 1, resourcesLagMs: BROADCAST_MS },
  });
  const replay = createReplay(sandbox, clock);
  const tallies: Tally[] = [];
  const all: Replayed[] = [];
  try {
    for (const name of names) {
      const recording = `${version}/${name}`;
      const replayed: Replayed[] = [];
      for (const [index, exchange] of readExchanges(root, version, name).entries()) {
        const line = index + 1;
        const outcome = await replay.send(exchange, `${name}:${line}`);
        replayed.push({ line, exchange, outcome, listed: disagreementAt(recording, line) });
      }
      tallies.push(tallyOf(recording, replayed));
      all.push(...replayed);
    }
  } finally {
    replay.close();
    await clock.advance(LONG_MS);
    await sandbox.close();
  }
  return { tallies, replayed: all };
}
