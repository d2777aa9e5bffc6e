import fc from 'fast-check';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { isObject, type Json, type JsonObject } from '../../src/core/json.ts';
import { fillRequest } from '../../src/engine/placeholders.ts';
import { type Harness, startHarness } from '../harness.ts';
import { RUNS, specs } from './generated-specs.ts';
import { changesOf, destroyByHand, errorsOf, guestIds, powerByHand, setByHand, titlesOf } from './guests.ts';

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
        await setByHand(harness, vmid, { delete: 'protection' });
        await destroyByHand(harness, vmid);
      }),
      RUNS,
    );
  },
  LONG,
);

async function removeAll(): Promise<void> {
  for (const vmid of await guestIds(harness)) {
    await powerByHand(harness, vmid, 'stop');
    await setByHand(harness, vmid, { delete: 'protection' });
    await destroyByHand(harness, vmid);
  }
}

it(
  'R-9: any spec edited into any other one either is an error of the plan, or plans empty after its apply',
  async () => {
    await fc.assert(
      fc.asyncProperty(specs, specs, fc.boolean(), async (first, second, running) => {
        await removeAll();
        await harness.apply(yamlOf('edited', { ha: false, ...first }));
        if (running) await powerByHand(harness, 101, 'start');
        const yaml = yamlOf('edited', { ha: false, ...second });
        const plan = await harness.plan(yaml);
        harness.writes();
        if (errorsOf(plan).length > 0) {
          expect(titlesOf(plan)).toEqual([]);
          return;
        }
        expect(await harness.run(plan)).toMatchObject({ outcome: 'ok', errors: [] });
        await harness.sandbox.settled();
        const again = await harness.plan(yaml);
        expect(titlesOf(again)).toEqual([]);
        // What the plan called live is there now, and what it called pending waits.
        const waiting = again.resources[0]?.changes.map(({ key }) => key) ?? [];
        const foretold = plan.resources[0]?.changes.filter(({ effect }) => effect === 'restart').map(({ key }) => key);
        expect(foretold).toEqual(expect.arrayContaining(waiting));
        expect(again.resources[0]?.changes.every(({ state }) => state === 'pending')).toBe(true);
      }),
      RUNS,
    );
  },
  LONG,
);

function shuffled(value: Json, random: () => number): Json {
  if (Array.isArray(value)) return value.map((item) => shuffled(item, random));
  if (!isObject(value)) return value;
  const entries = Object.entries(value as JsonObject).map(([key, child]) => [key, shuffled(child, random)] as const);
  return Object.fromEntries(
    entries
      .map((entry) => [random(), entry] as const)
      .sort(([a], [b]) => a - b)
      .map(([, entry]) => entry),
  );
}

it(
  'R-7: the order of keys, devices and tags never matters: any permutation plans empty',
  async () => {
    await fc.assert(
      fc.asyncProperty(specs, fc.array(fc.double({ noNaN: true }), { minLength: 1 }), async (spec, numbers) => {
        await removeAll();
        await harness.apply(yamlOf('mixed', spec));
        let at = 0;
        const random = (): number => numbers[at++ % numbers.length] as number;
        const mixed = shuffled(spec, random) as Record<string, Json>;
        const tags = mixed['tags'];
        if (Array.isArray(tags)) mixed['tags'] = [...tags].reverse();
        const plan = await harness.plan(yamlOf('mixed', mixed));
        expect(changesOf(plan)).toEqual([]);
        expect(titlesOf(plan)).toEqual([]);
      }),
      RUNS,
    );
  },
  LONG,
);
