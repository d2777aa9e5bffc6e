import { expect } from 'vitest';
import { stringify } from 'yaml';
import { isObject, type Json, type JsonObject } from '../../src/core/json.ts';
import type { Change, Plan } from '../../src/core/plan.ts';
import { valueAt } from '../../src/core/resource.ts';
import type { StepRequest } from '../../src/core/step.ts';
import { errorsOf, titlesOf } from './guests.ts';
import type { Lab } from './lab.ts';
import type { Tally } from './tally.ts';

/** A guest as it is made, as it is changed before (where it is), and as it is to be. */
export interface Story {
  readonly first: JsonObject;
  /** Written while the guest runs, so that something may be pending when the plan is made. */
  readonly between: JsonObject | undefined;
  readonly second: JsonObject;
  readonly running: boolean;
  /** What somebody set `hotplug` to before the guest was started. */
  readonly hotplug: string | undefined;
  readonly allow: readonly string[];
}

const VMID = 101;

/** A spec as the document of the one guest that a lab works on. */
export const yamlOf = (spec: JsonObject): string =>
  stringify({ kind: 'vm', name: 'web-01', ...spec }, { aliasDuplicateObjects: false });

interface Item {
  readonly key: string;
  readonly value?: unknown;
  readonly pending?: unknown;
  readonly delete?: number;
}

/** The path of the guest, on the node where it is. */
async function guestPath({ pve }: Lab): Promise<string> {
  const rows = (await pve.get('/cluster/resources', { query: { type: 'vm' } })) as { vmid: number; node: string }[];
  return `/nodes/${rows.find(({ vmid }) => vmid === VMID)?.node}/qemu/${VMID}`;
}

async function itemsOf(lab: Lab): Promise<ReadonlyMap<string, Item>> {
  const items = (await lab.pve.get(`${await guestPath(lab)}/pending`)) as readonly Item[];
  return new Map(items.map((item) => [item.key, item]));
}

const isWaiting = (item: Item | undefined): boolean => item?.pending !== undefined || item?.delete !== undefined;

const nextText = (item: Item | undefined): string | undefined =>
  item === undefined || item.delete !== undefined ? undefined : String(item.pending ?? item.value);

// What Proxmox VE writes by itself, as a consequence of other keys.
const CONSEQUENCE = /^(digest|boot|bootdisk|unused\d+|meta|vmgenid|machine|runningcpu)$/;

function sentText(value: Json): string {
  return typeof value === 'boolean' ? String(Number(value)) : String(value);
}

/** What a planned value may be when it is sent: its placeholders stand for any text. */
function pattern(text: string): RegExp {
  const parts = text.split(/\{[a-z]+(?::[^}]+)?\}/);
  return new RegExp(`^${parts.map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('.+')}$`, 's');
}

/** A write as the sandbox has seen it. */
export type Sent = ReturnType<Lab['writes']>[number];

function matches(planned: StepRequest, sent: Sent, vmid: number): boolean {
  const keys = (params: JsonObject): string => Object.keys(params).sort().join();
  return (
    planned.method === sent.method &&
    decodeURIComponent(planned.path.replaceAll('{vmid}', String(vmid))) === decodeURIComponent(sent.path) &&
    keys(planned.params) === keys(sent.params) &&
    Object.entries(planned.params).every(
      ([key, value]) => key === 'digest' || pattern(sentText(value)).test(sentText(sent.params[key] ?? null)),
    )
  );
}

/** the writes of a run are the requests of its plan, in their order. */
export function expectRequests(plan: Plan, sent: readonly Sent[], vmid: number): void {
  const planned = plan.resources.flatMap(({ steps }) => steps.flatMap(({ request }) => request ?? []));
  const same =
    planned.length === sent.length &&
    planned.every((request, index) => {
      const other = sent[index];
      return other !== undefined && matches(request, other, vmid);
    });
  if (!same) expect(sent).toEqual(planned);
}

const isOfVolume = ({ path, before }: Change): boolean => /\.(size|storage|format)$/.test(path) && before !== null;

/** Whether Proxmox VE shows nowhere that the running guest has another value, so that no later plan can. */
const isSilent = ({ note = '' }: Change): boolean => /does not show that|cloud-init in the guest reads/.test(note);

const isConfigKey = ({ key }: Change): boolean => !/^(status|pool|template|ha(\..*)?|firewall\..*)$/.test(key);

/** Whether the guest stops somewhere in the plan, which applies what waits. */
const restarts = (plan: Plan): boolean =>
  titlesOf(plan).some((title) => /^(restart|shut down|stop|wait until HA has stopped)\b/.test(title)) ||
  (plan.resources[0]?.changes ?? []).some(
    ({ key, after }) => key === 'ha.state' && /^(stopped|disabled)$/.test(String(after)),
  );

/** What waits for a restart is what the plan said would, and nothing that it called live. */
function expectEffects(plan: Plan, items: ReadonlyMap<string, Item>, tally: Tally): void {
  const changes = plan.resources[0]?.changes ?? [];
  for (const key of new Set(changes.filter(isConfigKey).map((change) => change.key))) {
    const written = changes.filter((change) => change.key === key && change.state === 'change' && !isOfVolume(change));
    if (written.length === 0) continue;
    const said = written.some(({ effect }) => effect === 'restart') && !restarts(plan);
    const shown = { key, waits: isWaiting(items.get(key)) };
    if (said && written.every((change) => change.effect !== 'restart' || isSilent(change))) {
      tally.add('keys', 'silent');
      continue;
    }
    tally.add('keys', said ? 'waiting' : 'at once');
    // A part that goes back to what it is leaves others of its key waiting, which the document does not manage.
    if (!said && shown.waits && written.every(({ withdraws }) => withdraws === true)) continue;
    expect(shown).toEqual({ key, waits: said });
  }
}

/** P3: what the plan does not mention stays as it was. */
function expectUntouched(plan: Plan, before: ReadonlyMap<string, Item>, after: ReadonlyMap<string, Item>): void {
  const touched = new Set(plan.resources[0]?.changes.map(({ key }) => key));
  const texts = (items: ReadonlyMap<string, Item>): JsonObject =>
    Object.fromEntries(
      [...items]
        .filter(([key]) => !touched.has(key) && !CONSEQUENCE.test(key))
        .flatMap(([key, item]) => {
          const text = nextText(item);
          return text === undefined ? [] : [[key, text]];
        }),
    );
  expect(texts(after)).toEqual(texts(before));
}

/** The changes that others do not speak of: what was said of a device is said of its parts. */
function beyond(changes: readonly Change[], others: readonly Change[]): readonly string[] {
  const within = (path: string, whole: string): boolean => path === whole || path.startsWith(`${whole}.`);
  return changes
    .map(({ path }) => path)
    .filter((path) => !others.some((other) => within(path, other.path) || within(other.path, path)));
}

async function powerCycle(lab: Lab, spec: JsonObject): Promise<boolean> {
  const path = `${await guestPath(lab)}/status`;
  const status = async (): Promise<unknown> => {
    const current = await lab.pve.get(`${path}/current`);
    return isObject(current) ? current['status'] : undefined;
  };
  const isRunning = (await status()) === 'running';
  // A start by hand would be a change of what the document says of power.
  if (!isRunning && (spec['power'] !== undefined || valueAt(spec, '/ha/state') !== undefined)) return false;
  await lab.pve.post(`${path}/${isRunning ? 'reboot' : 'start'}`);
  await lab.sandbox.settled();
  expect(await status()).toBe('running');
  return true;
}

const failures = (plan: Plan): readonly string[] => errorsOf(plan).map(({ summary, code }) => `${code} ${summary}`);

/**
 * Lives a story through, and holds what becomes of it against what the plan of its last part said: the requests, what is
 * live and what waits, what is left alone, and what is left to do then and after a restart.
 */
export async function livesAsPlanned(lab: Lab, story: Story, tally: Tally): Promise<void> {
  const { first, between, second, running, hotplug, allow } = story;
  await lab.clear();
  const beginning = await lab.load(yamlOf({ node: 'pve1', vmid: VMID, ...first }));
  const created = await lab.plan(beginning);
  if (errorsOf(created).length > 0) {
    for (const name of failures(created)) tally.add('refused at creation', name);
    return;
  }
  expect(await lab.run(created, beginning)).toMatchObject({ outcome: 'ok', errors: [] });
  const path = await guestPath(lab);
  if (hotplug !== undefined) await lab.pve.put(`${path}/config`, { params: { hotplug } });
  if (running && first['power'] === undefined && valueAt(first, '/ha/state') === undefined) {
    await lab.pve.post(`${path}/status/start`);
    await lab.sandbox.settled();
  }
  if (between !== undefined) {
    const resources = await lab.load(yamlOf({ vmid: VMID, ...between }));
    const plan = await lab.plan(resources);
    if (errorsOf(plan).length === 0)
      expect(await lab.run(plan, resources)).toMatchObject({ outcome: 'ok', errors: [] });
  }
  const resources = await lab.load(yamlOf({ vmid: VMID, ...second }));
  const plan = await lab.plan(resources, allow);
  const before = await itemsOf(lab);
  lab.writes();
  tally.add('pairs', 'planned');
  if (errorsOf(plan).length > 0) {
    for (const name of new Set(failures(plan))) tally.add('refused', name);
    expect(titlesOf(plan)).toEqual([]);
    return;
  }
  const result = await lab.run(plan, resources);
  expect(result).toMatchObject({ outcome: 'ok', errors: [] });
  expectRequests(plan, lab.writes(), VMID);
  for (const { effect, state } of plan.resources[0]?.changes ?? [])
    tally.add('changes', state === 'change' ? effect : state);
  const items = await itemsOf(lab);
  expectEffects(plan, items, tally);
  expectUntouched(plan, before, items);
  const again = await lab.plan(resources);
  expect(failures(again)).toEqual([]);
  const paths = (changes: readonly Change[]): readonly string[] => changes.map(({ path }) => path).sort();
  const waiting = again.resources[0]?.changes ?? [];
  expect(waiting.filter(({ state }) => state !== 'pending')).toEqual([]);
  const said = plan.resources[0]?.changes.filter((change) => change.effect === 'restart' && isConfigKey(change)) ?? [];
  // Of a device that is not there yet, what goes is nothing that waits.
  const isNothing = ({ key, after }: Change): boolean => after === null && items.get(key)?.value === undefined;
  const foretold = restarts(plan) ? [] : said.filter((change) => !isSilent(change) && !isNothing(change));
  expect({ surprising: beyond(waiting, said), missing: beyond(foretold, waiting) }).toEqual({
    surprising: [],
    missing: [],
  });
  expect(titlesOf(again)).toEqual([]);
  tally.add('pairs', 'came true');
  if (!(await powerCycle(lab, second))) return;
  const last = await lab.plan(resources);
  expect(paths(last.resources[0]?.changes ?? [])).toEqual([]);
  expect([...(await itemsOf(lab)).values()].filter((item) => isWaiting(item))).toEqual([]);
  tally.add('pairs', 'restarted');
}
