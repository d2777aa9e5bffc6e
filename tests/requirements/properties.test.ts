import fc from 'fast-check';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { stringify } from 'yaml';
import type { JsonObject } from '../../src/core/json.ts';
import { fillRequest } from '../../src/engine/placeholders.ts';
import { type Harness, startHarness } from '../harness.ts';
import { RUNS, specs } from './generated-specs.ts';
import { changesOf, destroyByHand, titlesOf } from './guests.ts';

let harness: Harness;
beforeEach(async () => {
  harness = await startHarness();
});
afterEach(() => harness.close());

const LONG = 600_000;
let number = 0;

function yamlOf(name: string, spec: JsonObject): string {
  return stringify({ kind: 'vm', name, ...spec });
}

function asSent(params: JsonObject): Record<string, string> {
  const sent: Record<string, string> = {};
  for (const [key, value] of Object.entries(params)) {
    if (key !== 'digest') sent[key] = typeof value === 'boolean' ? String(Number(value)) : String(value);
  }
  return sent;
}

it(
  'R-9 R-20 P1 P2: any spec, applied, plans empty, and the writes are the plan’s requests in their order',
  async () => {
    await fc.assert(
      fc.asyncProperty(specs, async (spec) => {
        number += 1;
        const yaml = yamlOf(`guest-${number}`, spec);
        harness.writes();
        const plan = await harness.apply(yaml);
        const vmid = plan.resources[0]?.vmid ?? 0;
        const planned = (plan.resources[0]?.steps ?? []).flatMap((step) =>
          step.request === undefined ? [] : [fillRequest(step.request, { vmid, vmidChosen: true })],
        );
        const sent = harness.writes();
        expect(
          sent.map(({ method, path, params }) => ({ method, path, params: asSent(params as JsonObject) })),
        ).toEqual(planned.map(({ method, path, params }) => ({ method, path, params: asSent(params) })));
        const again = await harness.plan(yaml);
        expect(changesOf(again)).toEqual([]);
        expect(titlesOf(again)).toEqual([]);
        // So that the thousandth plan reads no more guests than the first.
        await destroyByHand(harness, vmid);
      }),
      RUNS,
    );
  },
  LONG,
);
