import type { Effect } from '../../../core/effect.ts';
import type { Json, JsonObject } from '../../../core/json.ts';
import { codecOf } from '../../../pve/codecs/codecs.ts';
import type { TextRow } from '../../../pve/text-rows.ts';
import type { LiveState, ManagedValue } from '../../kind.ts';
import { type Draft, TIMEOUTS } from '../steps.ts';
import { editRules } from './edit-rules.ts';
import { entriesOf, wantedRules } from './names.ts';
import { ruleDraft } from './rule-drafts.ts';
import { nameIn, OPTION_FIELDS, RULES_KEY } from './values.ts';

/** What the steps of a guest's firewall are made from. */
export interface FirewallWork {
  /** The guest's path: `/nodes/pve1/qemu/100`. */
  readonly path: string;
  readonly effect: Effect;
  readonly running: boolean;
  /** The managed values that differ. */
  readonly values: readonly ManagedValue[];
  /** The live side; undefined for a guest that has no firewall file yet. */
  readonly live: LiveState['pending'] | undefined;
}

/** Drafts that have to be done before the rules change, and those that have to wait until they have. */
interface Sides {
  readonly before: readonly Draft[];
  readonly after: readonly Draft[];
}

type Method = 'POST' | 'PUT' | 'DELETE';

function draftMaker({ path, effect }: FirewallWork) {
  return (title: string, method: Method, below: string, params: JsonObject): Draft => ({
    title: `firewall: ${title}`,
    effect,
    request: { method, path: `${path}/firewall/${below}`, params },
    await: { for: 'none', timeoutMs: TIMEOUTS.config },
  });
}

function liveJson(work: FirewallWork, key: string): JsonObject | undefined {
  const text = work.live?.get(key);
  return text === undefined ? undefined : (JSON.parse(text) as JsonObject);
}

function aliasDrafts(work: FirewallWork): Sides {
  const draft = draftMaker(work);
  const before: Draft[] = [];
  const after: Draft[] = [];
  for (const { key, value } of work.values) {
    const name = nameIn('aliases', key);
    if (name === undefined) continue;
    const live = liveJson(work, key);
    if (value === undefined) {
      if (live !== undefined) after.push(draft(`remove alias ${name}`, 'DELETE', `aliases/${name}`, {}));
      continue;
    }
    // A comment that is not sent along is gone (pve-firewall: PVE/API2/Firewall/Aliases.pm, update_alias).
    const { cidr = '', comment = live?.['comment'] ?? '' } = value as JsonObject;
    const params = { cidr, ...(comment === '' ? {} : { comment }) };
    if (live === undefined) before.push(draft(`add alias ${name}`, 'POST', 'aliases', { name, ...params }));
    else before.push(draft(`change alias ${name}`, 'PUT', `aliases/${name}`, params));
  }
  return { before, after };
}

/** A cidr as it stands in a path: its slash is encoded. */
const inPath = (cidr: Json | undefined): string => encodeURIComponent(String(cidr));

function entryDrafts(work: FirewallWork, name: string, wanted: readonly JsonObject[], live: Json | undefined): Sides {
  const draft = draftMaker(work);
  const codec = codecOf('firewall-set');
  const rows = entriesOf(live);
  const canonical = rows.map((row) => entriesOf(codec.fromSpec({ entries: [row] }))[0] ?? {});
  const before = wanted.flatMap((entry): readonly Draft[] => {
    const { cidr, nomatch, comment } = entry;
    const params = { ...(nomatch === undefined ? {} : { nomatch: 1 }), ...(comment === undefined ? {} : { comment }) };
    const at = canonical.findIndex((other) => other['cidr'] === cidr);
    const found = canonical[at];
    if (found === undefined)
      return [draft(`add ${cidr} to set ${name}`, 'POST', `ipset/${name}`, { cidr: cidr ?? '', ...params })];
    if (found['nomatch'] === nomatch && found['comment'] === comment) return [];
    const path = `ipset/${name}/${inPath(rows[at]?.['cidr'])}`;
    return [draft(`change ${cidr} in set ${name}`, 'PUT', path, params)];
  });
  const after = rows.flatMap((row, index): readonly Draft[] => {
    const cidr = canonical[index]?.['cidr'];
    if (wanted.some((entry) => entry['cidr'] === cidr)) return [];
    return [draft(`remove ${cidr} from set ${name}`, 'DELETE', `ipset/${name}/${inPath(row['cidr'])}`, {})];
  });
  return { before, after };
}

function setDrafts(work: FirewallWork): Sides {
  const draft = draftMaker(work);
  const before: Draft[] = [];
  const after: Draft[] = [];
  for (const { key, value } of work.values) {
    const name = nameIn('ipSets', key);
    if (name === undefined) continue;
    const live = liveJson(work, key);
    if (value === undefined) {
      if (live !== undefined) after.push(draft(`remove set ${name}`, 'DELETE', `ipset/${name}`, { force: 1 }));
      continue;
    }
    const { comment, entries } = value as JsonObject;
    if (live === undefined) {
      const params = { name, ...(comment === undefined || comment === '' ? {} : { comment }) };
      before.push(draft(`add set ${name}`, 'POST', 'ipset', params));
    } else if (comment !== undefined && comment !== (live['comment'] ?? '')) {
      // A set is renamed to its own name to change its comment (PVE/API2/Firewall/IPSet.pm, create_ipset).
      before.push(draft(`change comment of set ${name}`, 'POST', 'ipset', { name, rename: name, comment }));
    }
    if (entries === undefined) continue;
    const sides = entryDrafts(work, name, entriesOf(value), live);
    before.push(...sides.before);
    after.push(...sides.after);
  }
  return { before, after };
}

function optionDrafts(work: FirewallWork): readonly Draft[] {
  const params: Record<string, Json> = {};
  const deleted: string[] = [];
  for (const { path, parameter } of OPTION_FIELDS) {
    const managed = work.values.find((value) => value.key === path);
    if (managed === undefined) continue;
    if (managed.value === undefined) deleted.push(parameter);
    else params[parameter] = codecOf(managed.field.codec ?? 'string').print(managed.value);
  }
  if (deleted.length > 0) params['delete'] = deleted.join(',');
  const names = Object.keys(params).filter((name) => name !== 'delete');
  if (names.length + deleted.length === 0) return [];
  return [draftMaker(work)(`set ${[...names, ...deleted].join(', ')}`, 'PUT', 'options', params)];
}

function ruleSides(work: FirewallWork): Sides {
  const wanted = wantedRules(work.values);
  if (wanted === undefined) return { before: [], after: [] };
  const rows = JSON.parse(work.live?.get(RULES_KEY) ?? '[]') as readonly TextRow[];
  const isOn = work.live?.get('firewall.enabled') === '1';
  const { before, after } = editRules(rows, wanted, isOn && work.running);
  // A guest that is not running filters nothing: its rules may change in fewer requests, as long as that is so.
  const power = isOn && !work.running ? ({ power: 'stopped' } as const) : {};
  const draft = (edit: (typeof before)[number]): Draft => {
    const made = ruleDraft(`${work.path}/firewall`, edit, work.effect);
    return { ...made, expects: { ...made.expects, ...power } };
  };
  return { before: before.map(draft), after: after.map(draft) };
}

/**
 * The steps that bring a guest's firewall to its state. What rules name is made before them and removed after them; the
 * options, which may turn the firewall on or change its policy, stand between the rules that come and those that go.
 */
export function firewallDrafts(work: FirewallWork): readonly Draft[] {
  const aliases = aliasDrafts(work);
  const sets = setDrafts(work);
  const rules = ruleSides(work);
  // Where nothing filters yet, it begins with the whole list of rules.
  const isOn = work.live?.get('firewall.enabled') === '1';
  const options = optionDrafts(work);
  return [
    ...aliases.before,
    ...sets.before,
    ...rules.before,
    ...(isOn ? [...options, ...rules.after] : [...rules.after, ...options]),
    ...sets.after,
    ...aliases.after,
  ];
}
