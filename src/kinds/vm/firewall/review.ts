import type { Diagnostic } from '../../../core/diagnostic.ts';
import { nearest } from '../../../core/nearest.ts';
import type { Change } from '../../../core/plan.ts';
import { type Resource, rangeOf } from '../../../core/resource.ts';
import type { ClusterView } from '../../../pve/cluster.ts';
import { unlessRefused } from '../../../pve/refused.ts';
import type { ManagedValue, Observation, PlanContext } from '../../kind.ts';
import { devicesOf } from '../vm-values.ts';
import { macroNames } from './desired.ts';
import { type NamedWish, namedWishes } from './names.ts';
import { danglingNames, idleRules } from './review-references.ts';
import { nameIn, RULES_KEY } from './values.ts';

const WORDS = {
  alias: { one: 'alias', many: 'Aliases', map: 'aliases', path: '/cluster/firewall/aliases', key: 'name' },
  ipset: { one: 'set', many: 'Sets', map: 'ipSets', path: '/cluster/firewall/ipset', key: 'name' },
  group: {
    one: 'security group',
    many: 'Security groups',
    map: undefined,
    path: '/cluster/firewall/groups',
    key: 'group',
  },
  macro: { one: 'macro', many: 'Macros', map: undefined, path: undefined, key: 'macro' },
} as const;

/** The sets and aliases that the guest will have: those of the document, and those that are there and stay. */
function ownNames(
  type: NamedWish['type'],
  observation: Observation,
  managed: readonly ManagedValue[],
): ReadonlySet<string> {
  const { map } = WORDS[type];
  const names = new Set<string>();
  if (map === undefined) return names;
  for (const key of observation.live?.pending.keys() ?? []) {
    const name = nameIn(map, key);
    if (name !== undefined) names.add(name);
  }
  for (const { key, value } of managed) {
    const name = nameIn(map, key);
    if (name === undefined) continue;
    if (value === undefined) names.delete(name);
    else names.add(name);
  }
  return names;
}

/** The names of the datacenter; undefined where the token may not read them. */
async function clusterNames(type: NamedWish['type'], cluster: ClusterView): Promise<readonly string[] | undefined> {
  const { path, key } = WORDS[type];
  if (path === undefined) return await macroNames(cluster);
  const read = await unlessRefused(cluster.texts(path), undefined);
  return read?.rows.flatMap((row) => (row[key] === undefined ? [] : [row[key]]));
}

function candidatesText(type: NamedWish['type'], name: string, names: readonly string[]): string {
  const near = nearest(name, names);
  if (near !== undefined) return `Did you mean ${near}?`;
  if (type === 'macro') return '';
  return `${WORDS[type].many} there are: ${names.length === 0 ? 'none' : [...names].sort().join(', ')}.`;
}

async function missingName(
  resource: Resource,
  wish: NamedWish,
  own: ReadonlySet<string>,
  cluster: ClusterView,
): Promise<Diagnostic | undefined> {
  const { type, name, scope, pointer } = wish;
  if (scope !== 'datacenter' && own.has(name)) return undefined;
  const shared = scope === 'guest' ? [] : await clusterNames(type, cluster);
  const same = (other: string): boolean => other.toLowerCase() === name.toLowerCase();
  if (shared?.some(same) === true) return undefined;
  const range = rangeOf(resource, pointer);
  const base = { range, address: resource.address, pointer };
  const what = `${pointer.slice(1).replaceAll('/', '.')} names the ${WORDS[type].one} ${name}`;
  // pve-firewall: PVE/API2/Firewall/Cluster.pm asks for Sys.Audit on / to list what the datacenter has.
  if (shared === undefined) {
    const detail = `${what}, which the guest does not have; the token may not read what the datacenter has. Give it Sys.Audit on /.`;
    return { ...base, severity: 'warning', code: 'PERMISSION', summary: 'not checked', detail };
  }
  const names = [...(scope === 'datacenter' ? [] : own), ...shared];
  const where =
    scope === 'guest' ? 'the guest does not have' : type === 'macro' ? 'the server does not know' : 'does not exist';
  const detail = `${what}, which ${where}. ${candidatesText(type, name, names)}`.trim();
  return { ...base, severity: 'error', code: 'MISSING', summary: `the ${WORDS[type].one} does not exist`, detail };
}

function isNewerPrefix(resource: Resource, wish: NamedWish, release: string): Diagnostic | undefined {
  if (wish.scope === 'any' || wish.type === 'group' || wish.type === 'macro' || Number(release.split('.')[0]) >= 8)
    return undefined;
  const detail = `${wish.pointer.slice(1).replaceAll('/', '.')} says by guest/ or dc/ whose ${wish.name} it is, which needs Proxmox VE 8.0 or newer; the server is ${release}. Write ${wish.type === 'ipset' ? '+' : ''}${wish.name}.`;
  const range = rangeOf(resource, wish.pointer);
  return {
    severity: 'error',
    code: 'IMPOSSIBLE',
    summary: 'the server’s version does not have this',
    detail,
    range,
    address: resource.address,
    pointer: wish.pointer,
  };
}

/** Why a firewall that is switched on filters nothing: no interface of the guest is filtered, or the datacenter's is off. */
async function idleNotes(
  resource: Resource,
  observation: Observation,
  context: PlanContext,
): Promise<readonly Diagnostic[]> {
  const wanted = observation.desired.find((managed) => managed.key === 'firewall.enabled');
  if (wanted?.value !== true) return [];
  const range = rangeOf(resource, '/firewall/enabled');
  const note = (summary: string, detail: string): Diagnostic => ({
    severity: 'note',
    code: 'MISSING',
    summary,
    detail,
    range,
    address: resource.address,
    pointer: '/firewall/enabled',
  });
  const notes: Diagnostic[] = [];
  const written = new Map(devicesOf(resource, 'network'));
  const live = [...(observation.live?.pending ?? [])].filter(([key]) => /^net\d+$/.test(key) && !written.has(key));
  const isFiltered =
    [...written.values()].some((nic) => nic['firewall'] === true) ||
    live.some(([, text]) => /(^|,)firewall=1/.test(text));
  if (!isFiltered) {
    const detail =
      'The guest’s firewall is on, but no network interface has firewall: true, so that it filters nothing.';
    notes.push(note('no interface is filtered', detail));
  }
  const options = await unlessRefused(context.cluster.texts('/cluster/firewall/options'), undefined);
  if (options !== undefined && options.rows[0]?.['enable'] !== '1') {
    const detail =
      'The guest’s firewall is on, but the datacenter’s is off, so that it filters nothing. It is turned on under Datacenter > Firewall > Options.';
    notes.push(note('the datacenter’s firewall is off', detail));
  }
  return notes;
}

/**
 * What would make changes of the firewall fail, or keep it from doing anything: names that do not exist, and notes about
 * a firewall that is on and filters nothing.
 */
export async function firewallProblems(
  resource: Resource,
  observation: Observation,
  changes: readonly Change[],
  context: PlanContext,
): Promise<readonly Diagnostic[]> {
  const changed = new Set(changes.filter(({ state }) => state === 'change').map(({ key }) => key));
  const managed = observation.desired.filter(({ key }) => key.startsWith('firewall.'));
  const removes = removesNames(managed, changed);
  const touched = managed.filter(({ key }) => changed.has(key) || removes);
  const { release } = await context.cluster.version();
  const found: Diagnostic[] = [];
  for (const wish of namedWishes(touched)) {
    const newer = isNewerPrefix(resource, wish, release);
    const own = ownNames(wish.type, observation, managed);
    const problem = newer ?? (await missingName(resource, wish, own, context.cluster));
    if (problem !== undefined) found.push(problem);
  }
  const turnsOn = changed.has('firewall.enabled') || observation.live === undefined;
  found.push(...(await danglingNames(resource, observation, changes, context.cluster)));
  if (changed.has(RULES_KEY) || observation.live === undefined) found.push(...idleRules(resource, observation));
  return [...found, ...(turnsOn ? await idleNotes(resource, observation, context) : [])];
}

/** Whether a set or an alias goes, which rules that stay may name. */
function removesNames(managed: readonly ManagedValue[], changed: ReadonlySet<string>): boolean {
  return managed.some(({ key, value }) => value === undefined && changed.has(key) && key !== RULES_KEY);
}
