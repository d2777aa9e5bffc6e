import fc from 'fast-check';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { isObject, type Json, type JsonObject } from '../../src/core/json.ts';
import { type Harness, startHarness } from '../harness.ts';
import { anyPicks, assemble, RUNS, specs, wholeSpecs } from './generated-specs.ts';
import { FIELD_VALUES } from './generated-values.ts';
import { changesOf, destroyByHand, errorsOf, setByHand, titlesOf } from './guests.ts';
import { startLab } from './lab.ts';
import { expectRequests, type Sent } from './prediction.ts';
import { createTally } from './tally.ts';

let harness: Harness;
beforeEach(async () => {
  harness = await startHarness();
});
afterEach(() => harness.close());

const LONG = 3_600_000;
let number = 0;

function yamlOf(name: string, spec: JsonObject): string {
  return stringify({ kind: 'vm', name, ...spec }, { aliasDuplicateObjects: false });
}

it('R-14: generated specs say every field of the schema, but for those that are left out with a reason', () => {
  const taken = new Set<string>();
  const picks = fc.array(anyPicks, { minLength: 20, maxLength: 20 });
  for (const some of fc.sample(picks, { seed: RUNS.seed, numRuns: 300 }))
    for (const field of assemble(some).taken) taken.add(field);
  expect([...FIELD_VALUES.keys()].filter((path) => !taken.has(path))).toEqual([]);
});

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
        expectRequests(plan, harness.writes() as readonly Sent[], vmid);
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

// Lists that are sets; the order of rules, of a boot order and of name servers says something.
const SETS = /^(tags|cpu\.flags|system\.hotplug|network\.\w+\.trunks|firewall\.ipSets\.\w+\.entries|ha\.rules)$/;

function shuffled(value: Json, random: () => number, path = ''): Json {
  const mixed = <Item>(items: readonly Item[]): readonly Item[] =>
    items
      .map((item) => [random(), item] as const)
      .sort(([a], [b]) => a - b)
      .map(([, item]) => item);
  if (Array.isArray(value)) {
    const items = value.map((item) => shuffled(item, random, `${path}[]`));
    return SETS.test(path) ? mixed(items) : items;
  }
  if (!isObject(value)) return value;
  const entries = Object.entries(value as JsonObject).map(
    ([key, child]) => [key, shuffled(child, random, path === '' ? key : `${path}.${key}`)] as const,
  );
  return Object.fromEntries(mixed(entries));
}

/** The devices of a map as the list that stands for them; undefined where a slot is left out, or taken away. */
function asList(devices: Json | undefined): readonly Json[] | undefined {
  if (!isObject(devices)) return undefined;
  const slots = Object.entries(devices as JsonObject);
  const number = (slot: string): number => Number(/\d+$/.exec(slot)?.[0]);
  const bus = (slot: string): string => slot.replace(/\d+$/, '');
  const isNext = (slot: string): boolean =>
    number(slot) === 0 || slots.some(([other]) => other === `${bus(slot)}${number(slot) - 1}`);
  if (!slots.every(([slot, device]) => isObject(device) && isNext(slot))) return undefined;
  return [...slots]
    .sort(([left], [right]) => number(left) - number(right))
    .map(([slot, device]) => ({ ...(device as JsonObject), ...(bus(slot) === 'net' ? {} : { bus: bus(slot) }) }));
}

it(
  'R-7: the order of keys, devices and sets never matters, nor whether devices are a map or a list: any permutation plans empty',
  async () => {
    const lab = await startLab();
    const tally = createTally();
    try {
      await fc.assert(
        fc.asyncProperty(wholeSpecs, fc.array(fc.double({ noNaN: true }), { minLength: 1 }), async (spec, numbers) => {
          await lab.clear();
          const resources = await lab.load(yamlOf('mixed', spec));
          const plan = await lab.plan(resources);
          if (errorsOf(plan).length > 0) return;
          expect(await lab.run(plan, resources)).toMatchObject({ outcome: 'ok', errors: [] });
          let at = 0;
          const random = (): number => numbers[at++ % numbers.length] as number;
          const mixed = shuffled(spec, random) as JsonObject;
          const lists = ['disks', 'network'].flatMap((map) => {
            const list = asList(mixed[map]);
            return list === undefined ? [] : [[map, list] as const];
          });
          for (const form of [mixed, { ...mixed, ...Object.fromEntries(lists) }]) {
            const again = await lab.plan(await lab.load(yamlOf('mixed', form)));
            expect(changesOf(again)).toEqual([]);
            expect(titlesOf(again)).toEqual([]);
          }
          tally.add('cases', lists.length === 0 ? 'maps' : 'maps and lists');
        }),
        RUNS,
      );
    } finally {
      await lab.close();
      tally.print('permutations');
    }
    expect(tally.of('cases', 'maps and lists')).toBeGreaterThan(0);
  },
  LONG,
);
