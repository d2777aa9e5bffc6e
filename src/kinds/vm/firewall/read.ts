import type { Resource } from '../../../core/resource.ts';
import type { ClusterView } from '../../../pve/cluster.ts';
import type { TextRow } from '../../../pve/text-rows.ts';
import type { ManagedValue } from '../../kind.ts';
import { desiredFirewall } from './desired.ts';
import { namedWishes } from './names.ts';
import { namedKey, nameIn, OPTION_FIELDS, RULES_KEY } from './values.ts';

const ROOT = '/nodes/{node}/qemu/{vmid}/firewall';

async function readSets(
  values: readonly ManagedValue[],
  guest: { readonly node: string; readonly vmid: number },
  cluster: ClusterView,
): Promise<readonly (readonly [string, string])[]> {
  const { rows } = await cluster.texts(`${ROOT}/ipset`, guest);
  const found: (readonly [string, string])[] = [];
  for (const { name = '', comment } of rows) {
    const key = namedKey('ipSets', name);
    const written = values.find((managed) => managed.key === key)?.value;
    const withEntries = written !== undefined && Object.hasOwn(Object(written), 'entries');
    const entries = withEntries
      ? { entries: (await cluster.texts(`${ROOT}/ipset/{name}`, { ...guest, name })).rows }
      : {};
    found.push([key, JSON.stringify({ name, ...(comment === undefined ? {} : { comment }), ...entries })]);
  }
  return found;
}

/**
 * The live side of a guest's firewall, by the keys that it is compared under: what the API says, as JSON text. Reads
 * only what the document needs: options, rules, aliases and the list of sets with a request each, and the entries of
 * each written set with one more.
 */
export async function liveFirewall(
  values: readonly ManagedValue[],
  { node, vmid }: { readonly node: string; readonly vmid: number },
  cluster: ClusterView,
): Promise<ReadonlyMap<string, string>> {
  const guest = { node, vmid };
  const live = new Map<string, string>();
  if (values.length === 0) return live;
  const keys = new Set(values.map((managed) => managed.key));
  const wishes = namedWishes(values);
  const needs = (type: 'alias' | 'ipset', map: 'aliases' | 'ipSets'): boolean =>
    [...keys].some((key) => nameIn(map, key) !== undefined) ||
    wishes.some((wish) => wish.type === type && wish.scope !== 'datacenter');
  // Whether the firewall is on decides how rules may be changed.
  if (OPTION_FIELDS.some((field) => keys.has(field.path)) || keys.has(RULES_KEY)) {
    const [options = {}]: readonly TextRow[] = (await cluster.texts(`${ROOT}/options`, guest)).rows;
    for (const { path, parameter } of OPTION_FIELDS) {
      const text = options[parameter];
      if (text !== undefined) live.set(path, text);
    }
  }
  if (keys.has(RULES_KEY)) {
    live.set(RULES_KEY, JSON.stringify((await cluster.texts(`${ROOT}/rules`, guest)).rows));
  }
  if (needs('alias', 'aliases')) {
    const { rows } = await cluster.texts(`${ROOT}/aliases`, guest);
    for (const { name = '', cidr = '', comment } of rows) {
      const text = { name, cidr, ...(comment === undefined ? {} : { comment }) };
      live.set(namedKey('aliases', name), JSON.stringify(text));
    }
  }
  if (needs('ipset', 'ipSets')) for (const [key, text] of await readSets(values, guest, cluster)) live.set(key, text);
  return live;
}

/** Reads what the firewall of a document is compared with, so that it is known when it is asked for. */
export async function readFirewallOf(
  resource: Resource,
  guest: { readonly node: string; readonly vmid: number },
  cluster: ClusterView,
): Promise<void> {
  await liveFirewall(await desiredFirewall(resource, cluster), guest, cluster);
}
