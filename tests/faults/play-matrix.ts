import { afterAll, beforeAll, expect, it } from 'vitest';
import { type CellsOf, playCells } from './matrix.ts';
import { SCENARIOS } from './scenarios.ts';
import { openTheatre, type Theatre } from './stage.ts';

const LONG_MS = 7_200_000;

/**
 * A test for each scenario in which each of its cases is played, or with `npm test` a sample of a size, and
 * their number at the end.
 */
export function playMatrix(name: string, title: string, cellsOf: CellsOf, sampleSize: number): void {
  let theatre: Theatre;
  let cells = 0;

  beforeAll(async () => {
    theatre = await openTheatre();
  });
  afterAll(async () => {
    await theatre.close();
    process.stdout.write(`${name}: ${cells} cases\n`);
  });

  it.each(SCENARIOS.map((scenario) => scenario.name))(
    title,
    async (scenario) => {
      const played = await playCells(theatre, scenario, cellsOf, sampleSize);
      cells += played.cells;
      expect(played.failures.join('\n')).toBe('');
    },
    LONG_MS,
  );
}
