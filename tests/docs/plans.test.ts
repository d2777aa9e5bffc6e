import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { type ShownCommand, writeGallery } from '../../scripts/gallery/gallery.mjs';
import type { Plan } from '../../src/core/plan.ts';
import { createPveClient } from '../../src/pve/client.ts';
import { startSandbox } from '../../src/sandbox/index.ts';
import { runInOrder } from './run-in-order.ts';

const FILE = join(import.meta.dirname, '../../docs/plans.md');

let page: string;
let shown: readonly ShownCommand[];
beforeAll(async () => {
  ({ page, shown } = await writeGallery({ run: runInOrder, createPveClient, startSandbox, withJson: true }));
}, 240_000);

const stepsOf = (plan: Plan) => plan.resources.flatMap(({ steps }) => steps);
const planned = (): readonly (readonly [output: string, plan: Plan])[] =>
  // `--json` prints a plan, or what is wrong where there is none.
  shown.flatMap(({ output, json }) => (json === undefined ? [] : [[output, json as Plan] as const]));

describe('docs/plans.md', () => {
  it('is what the program prints today (npm run docs writes it anew)', () => {
    expect(existsSync(FILE) ? readFileSync(FILE, 'utf8') : '').toBe(page);
  });

  it('shows at least ten situations, with no line of output wider than 100 columns', () => {
    expect(page.match(/^### /gm)?.length).toBeGreaterThanOrEqual(10);
    const wide = shown.flatMap(({ output }) => output.split('\n')).filter((line) => [...line].length > 100);
    expect(wide).toEqual([]);
  });

  it('P1: names every step of its plans, in their order', () => {
    expect(planned().flatMap(([, plan]) => stepsOf(plan)).length).toBeGreaterThan(30);
    for (const [output, plan] of planned()) {
      const words = output.replaceAll(/\s+/g, ' ');
      let from = 0;
      for (const { title } of stepsOf(plan)) {
        const at = words.indexOf(title, from);
        expect(at, `${title} in ${words}`).toBeGreaterThanOrEqual(0);
        from = at + title.length;
      }
    }
  });

  it('R-16: says “pending until restart” only where the plan takes the guest down by no step', () => {
    const waits = planned().filter(([output]) => output.includes('pending until restart'));
    expect(waits.length).toBeGreaterThan(0);
    for (const [, plan] of waits)
      expect(stepsOf(plan).map(({ title }) => title)).not.toContainEqual(expect.stringMatching(/restart|shut down/));
  });

  it('holds nothing of the machine that it was made on', () => {
    expect(page).not.toMatch(/127\.0\.0\.1|localhost|\/tmp\/|\/home\//);
  });
});
