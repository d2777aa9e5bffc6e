import { afterAll, beforeAll, expect, it } from 'vitest';
import { faultCells, playCells } from './matrix.ts';
import { SCENARIOS } from './scenarios.ts';
import { openTheatre, type Theatre } from './stage.ts';

const LONG_MS = 7_200_000;
let theatre: Theatre;
let cells = 0;

beforeAll(async () => {
  theatre = await openTheatre();
});
afterAll(async () => {
  await theatre.close();
  process.stdout.write(`fault matrix: ${cells} cases\n`);
});

it.each(SCENARIOS.map(({ name }) => name))(
  'R-22 R-24 R-25: whatever befalls one request of “%s”, its report is right, and the next run brings it to its end',
  async (name) => {
    const played = await playCells(theatre, name, faultCells, 12);
    cells += played.cells;
    expect(played.failures.join('\n')).toBe('');
  },
  LONG_MS,
);
