import { expect, it } from 'vitest';
import { stringify } from 'yaml';
import { isWholeDevice } from '../../src/core/field.ts';
import type { Json, JsonObject } from '../../src/core/json.ts';
import { isObject } from '../../src/core/json.ts';
import type { Change, Plan } from '../../src/core/plan.ts';
import { vmFields } from '../../src/generated/fields/vm.ts';
import { createClusterView } from '../../src/pve/cluster.ts';
import type { PendingItem } from '../../src/pve/cluster-rows.ts';
import { FIELD_VALUES, pickOf } from './generated-values.ts';
import { errorsOf } from './guests.ts';
import { type Lab, startLab } from './lab.ts';
import { invalidBecause } from './valid-spec.ts';

const LONG = 900_000;

/** What a guest's hotplug is, as its document says it, what it takes besides, and the fields that do not go with it. */
const HOTPLUGS: readonly (readonly [name: string, base: JsonObject, without: RegExp | undefined])[] = [
  ['default', {}, undefined],
  ['none', { system: { hotplug: [] } }, undefined],
  // Memory that can be plugged needs numa, and goes with neither nodes of one's own nor virtiofs.
  [
    'all',
    { system: { hotplug: ['network', 'disk', 'usb', 'memory', 'cpu'] }, cpu: { numa: true } },
    /^(cpu\.numa|devices\.virtiofs)/,
  ],
];

/** Disks are tried on a bus that can be plugged, and on two that cannot: scsi1, sata1, ide0. */
const DISK_SLOTS = [1, 4, 5];

/** One change of one field: the guest's document before it and after it. */
interface Case {
  readonly name: string;
  readonly field: string;
  readonly pointer: string;
  readonly before: JsonObject;
  readonly after: JsonObject;
}

function merged(left: JsonObject, right: JsonObject): JsonObject {
  const both = { ...left } as Record<string, Json>;
  for (const [key, value] of Object.entries(right)) {
    const old = both[key];
    both[key] = isObject(old) && isObject(value) ? merged(old as JsonObject, value as JsonObject) : value;
  }
  return both;
}

function withoutValue(part: JsonObject, [key = '', ...rest]: readonly string[]): JsonObject {
  const { [key]: child, ...others } = part;
  if (rest.length === 0 || !isObject(child)) return others;
  return { ...others, [key]: withoutValue(child as JsonObject, rest) };
}

/** A whole guest around a part of a document: it has a disk and a network interface that it boots from. */
function guest(base: JsonObject, part: JsonObject): JsonObject {
  const devices = { disks: { scsi0: { size: '1GiB' } }, network: { net0: {} } };
  const memory = { memory: { size: '2GiB' } };
  return { ha: false, power: 'running', ...merged(merged(merged(devices, memory), base), part) };
}

const FIELDS = vmFields.filter(({ key, codec }) => key !== false && codec !== undefined);

// The uuid of a guest is what it is known by; what a disk is made from counts when it is made; a password is not read back;
// and the storages of the sandbox that hold disks know one format.
const NO_CHANGE =
  /^(name|system\.smbios\.uuid|disks\.\*\.(image|import|volume|bus|format)|system\.efi\.format|cloudInit\.(password|format))$/;

function casesOf(base: JsonObject): readonly Case[] {
  return FIELDS.flatMap(({ path }, index): readonly Case[] => {
    if (NO_CHANGE.test(path)) return [];
    const values = (FIELD_VALUES.get(path) ?? []).filter((value) => value !== null);
    const slots = path.startsWith('disks.') ? DISK_SLOTS : [0];
    return slots.flatMap((slot): readonly Case[] => {
      const choose = (count: number): number => (slot > 0 && count > slot ? slot : 0);
      const picks = values.map((value) => pickOf({ path, value }, choose));
      const valid = picks.filter(({ part }) => invalidBecause(guest(base, part)) === undefined);
      const [first, second] = valid;
      if (first === undefined) return [];
      const keys = first.pointer.slice(1).split('/');
      // Without the value; or, where its map needs it, without that.
      const bare = [keys, keys.slice(0, -1)]
        .filter((path) => path.length > 0)
        .map((path) => withoutValue(first.part, path));
      const fitting = bare.find((part) => invalidBecause(guest(base, part)) === undefined) ?? {};
      const pairs: (readonly [JsonObject, JsonObject])[] = [[fitting, first.part]];
      if (second !== undefined) pairs.push([first.part, second.part]);
      // A disk only grows: one of the two is refused.
      if (second !== undefined && path === 'disks.*.size') pairs.push([second.part, first.part]);
      return pairs
        .map(([before, after]) => ({ before: guest(base, before), after: guest(base, after) }))
        .map((documents, pair) => ({
          ...documents,
          name: `g-${index}-${slot}-${pair}`,
          field: path,
          pointer: first.pointer,
        }));
    });
  });
}

const yamlOf = (cases: readonly Case[], which: 'before' | 'after'): string =>
  cases.map((one) => stringify({ kind: 'vm', name: one.name, ...one[which] })).join('---\n');

/** What became of a config key: it is as it will be, or something of it waits. */
function fateOf(item: PendingItem | undefined): 'live' | 'restart' {
  return item?.pending === undefined && item?.delete === undefined ? 'live' : 'restart';
}

/** What the plan says becomes of it; what Proxmox VE writes without a word to the running guest is not pending. */
function labelOf({ effect, note = '' }: Change): string {
  const silent = /Proxmox VE does not show that|cloud-init in the guest/.test(note);
  return effect === 'restart' && silent ? 'live' : effect;
}

/** Makes the guests, running, and leaves out those that this cluster does not take. */
async function begin(lab: Lab, cases: readonly Case[]): Promise<readonly Case[]> {
  const resources = await lab.load(yamlOf(cases, 'before'));
  const refused = new Set(errorsOf(await lab.plan(resources)).map(({ address }) => address));
  const made = cases.filter(({ name }) => !refused.has(`vm/${name}`));
  await lab.apply(yamlOf(made, 'before'));
  return made;
}

/** How the plan's labels differ from what then is, one line each. */
async function wrongLabels(
  lab: Lab,
  plan: Plan,
  cases: readonly Case[],
  tried: Map<string, string>,
): Promise<readonly string[]> {
  const wrong: string[] = [];
  const view = createClusterView(lab.pve);
  for (const { name, field, pointer } of cases) {
    const resource = plan.resources.find(({ address }) => address === `vm/${name}`);
    const error = errorsOf(plan).find(({ address }) => address === `vm/${name}`);
    if (error !== undefined) tried.set(field, tried.get(field) ?? `refused: ${error.summary}`);
    if (resource === undefined || error !== undefined) continue;
    const path = pointer.slice(1).replaceAll('/', '.');
    const { items } = await view.pending(resource.node, resource.vmid ?? 0);
    for (const change of resource.changes) {
      if (change.path !== path && !change.path.startsWith(`${path}.`) && !path.startsWith(`${change.path}.`)) continue;
      const [label, fate] = [labelOf(change), fateOf(items.get(change.key))];
      tried.set(field, fate);
      if (label !== fate)
        wrong.push(
          `${pointer}: ${JSON.stringify(change.before)} → ${JSON.stringify(change.after)} is labelled ${label}, and is ${fate}`,
        );
    }
  }
  return wrong;
}

it.each(HOTPLUGS)(
  'R-16 R-56: what the plan says of a change to a running guest is what becomes of it, for every field (hotplug: %s)',
  async (name, base, without) => {
    const lab = await startLab();
    const tried = new Map<string, string>();
    try {
      const cases = await begin(lab, casesOf(base));
      const resources = await lab.load(yamlOf(cases, 'after'));
      const plan = await lab.plan(resources);
      const result = await lab.run(plan, resources);
      expect(result.errors).toEqual([]);
      expect(await wrongLabels(lab, plan, cases, tried)).toEqual([]);
      const refused = new Set(errorsOf(plan).map(({ address }) => address));
      const again = (await lab.plan(resources)).resources.filter(({ address }) => !refused.has(address));
      expect(again.flatMap(({ changes }) => changes.filter(({ state }) => state !== 'pending'))).toEqual([]);
    } finally {
      await lab.close();
    }
    const fields = FIELDS.filter(({ path }) => !NO_CHANGE.test(path)).map(({ path }) => path);
    const untried = [...new Set(fields)].filter((path) => !tried.has(path) && without?.test(path) !== true);
    const fates = ['live', 'restart', 'refused'].map(
      (fate) => `${[...tried.values()].filter((one) => one.startsWith(fate)).length} ${fate}`,
    );
    process.stdout.write(`${tried.size} pairs of field and hotplug ${name}: ${fates.join(', ')}\n`);
    expect(untried).toEqual([]);
  },
  LONG,
);

it('is about every field that has a config key', () => {
  expect(FIELDS.filter((field) => field.class === undefined && !isWholeDevice(field)).map(({ path }) => path)).toEqual(
    [],
  );
});
