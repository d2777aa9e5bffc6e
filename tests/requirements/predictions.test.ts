import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { RUNS, stories } from './generated-specs.ts';
import { type Lab, startLab } from './lab.ts';
import { livesAsPlanned } from './prediction.ts';
import { createTally } from './tally.ts';

const LONG = 3_600_000;

let lab: Lab;
beforeAll(async () => {
  lab = await startLab();
});
afterAll(() => lab.close());

it(
  'R-20 R-15 R-56 P1 P2 P3: a change of any spec into any other comes about as its plan says, for stopped and running guests',
  async () => {
    const tally = createTally();
    try {
      await fc.assert(
        fc.asyncProperty(stories, (story) => livesAsPlanned(lab, story, tally)),
        { ...RUNS, numRuns: RUNS.numRuns < 100 ? 30 : RUNS.numRuns },
      );
    } finally {
      tally.print('predictions');
    }
    // Where most pairs are refused, little is shown.
    expect(tally.of('pairs', 'came true')).toBeGreaterThan(tally.of('pairs', 'planned') / 2);
    expect(tally.of('pairs', 'restarted')).toBeGreaterThan(tally.of('pairs', 'came true') / 2);
    for (const effect of ['none', 'live', 'restart']) expect(tally.of('changes', effect)).toBeGreaterThan(0);
  },
  LONG,
);
