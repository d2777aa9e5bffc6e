import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { handCommands } from './stacks/by-hand.ts';
import { programCommands } from './stacks/commands.ts';
import { FIRST_DOCUMENTS } from './stacks/documents.ts';
import { editCommands } from './stacks/edits.ts';
import type { Model } from './stacks/model.ts';
import { type Beginning, prepareBeginning, startWorld, type World } from './stacks/world.ts';
import { createTally } from './tally.ts';

const LONG_MS = 3_600_000;
const isLong = process.env['PVEVM_TEST_LONG'] !== undefined;

let beginning: Beginning;
beforeAll(async () => {
  beginning = await prepareBeginning();
});
afterAll(() => beginning.remove());

it(
  'R-1 R-2 R-5 R-54 P2: whatever is done by two stacks and by hand, each command touches only what its stack owns',
  async () => {
    const tally = createTally();
    const all = [...programCommands(tally), ...editCommands(tally), ...handCommands(tally)];
    const stories = fc.commands(all, { maxCommands: 30, size: isLong ? 'max' : '+1' });
    const property = fc.asyncProperty(stories, fc.constantFrom('full', 'description'), async (story, marksOfBlue) => {
      const worlds: World[] = [];
      const begin = async (): Promise<{ model: Model; real: World }> => {
        const real = await startWorld(beginning, marksOfBlue);
        worlds.push(real);
        const model: Model = {
          marksOfBlue,
          documents: { red: new Map(FIRST_DOCUMENTS.red), blue: new Map(FIRST_DOCUMENTS.blue) },
          converged: { red: true, blue: true },
          saved: { red: undefined, blue: undefined },
        };
        return { model, real };
      };
      try {
        await fc.asyncModelRun(begin, story);
      } finally {
        for (const world of worlds) await world.close();
      }
    });
    try {
      await fc.assert(property, { seed: 20_260_801, numRuns: isLong ? 300 : 25 });
    } finally {
      tally.print('two stacks');
    }
    // Where a kind of command never writes, nothing is shown of it.
    const often = ['apply', 'apply --prune', 'destroy', 'reap', 'up'];
    const seldom = ['apply --adopt', 'apply of a saved plan'];
    for (const kind of isLong ? [...often, ...seldom] : often)
      expect([kind, tally.of('commands that wrote', kind) > 0]).toEqual([kind, true]);
  },
  LONG_MS,
);
