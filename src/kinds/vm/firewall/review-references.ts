import type { Diagnostic } from '../../../core/diagnostic.ts';
import type { Change } from '../../../core/plan.ts';
import { type Resource, rangeOf } from '../../../core/resource.ts';
import type { ClusterView } from '../../../pve/cluster.ts';
import { ruleFromApi } from '../../../pve/codecs/firewall-rule.ts';
import type { ManagedValue, Observation } from '../../kind.ts';
import { wantedRules } from './names.ts';
import { ruleWords } from './rule-drafts.ts';
import { namedKey, nameIn, RULES_KEY } from './values.ts';

const ROOT = '/nodes/{node}/qemu/{vmid}/firewall';

/** A name of a set (`+web`) or an alias that stands in a part of the firewall, and where, for people. */
interface Reference {
  readonly name: string;
  readonly where: string;
}

async function referencesOf(observation: Observation, cluster: ClusterView): Promise<readonly Reference[]> {
  const { node, vmid, desired } = observation;
  const managed = new Set(desired.map(({ key }) => key));
  const references: Reference[] = [];
  if (!managed.has(RULES_KEY)) {
    const { rows } = await cluster.texts(`${ROOT}/rules`, { node, vmid });
    for (const [position, row] of rows.entries()) {
      const rule = ruleFromApi(row);
      const where = `rule ${position} (${ruleWords(rule)})`;
      references.push({ name: rule['source'] ?? '', where }, { name: rule['dest'] ?? '', where });
    }
  }
  const sets = await cluster.texts(`${ROOT}/ipset`, { node, vmid });
  for (const { name = '' } of sets.rows) {
    const written = desired.find(({ key }) => key === namedKey('ipSets', name));
    const isManaged =
      written !== undefined && (written.value === undefined || Object.hasOwn(Object(written.value), 'entries'));
    if (isManaged) continue;
    const { rows } = await cluster.texts(`${ROOT}/ipset/{name}`, { node, vmid, name });
    for (const { cidr = '' } of rows) references.push({ name: cidr.toLowerCase(), where: `set ${name}` });
  }
  return references;
}

function removedName({ key, value }: ManagedValue): { readonly word: string; readonly name: string } | undefined {
  if (value !== undefined) return undefined;
  const [set, alias] = [nameIn('ipSets', key), nameIn('aliases', key)];
  if (set !== undefined) return { word: 'set', name: `+${set}` };
  return alias === undefined ? undefined : { word: 'alias', name: alias };
}

/**
 * Sets and aliases that go while rules or sets which the document does not manage name them. Proxmox VE lets them go, and
 * leaves out each rule that names what is missing (pve-firewall: PVE/Firewall.pm, verify_rule and generate_ruleset).
 */
export async function danglingNames(
  resource: Resource,
  observation: Observation,
  changes: readonly Change[],
  cluster: ClusterView,
): Promise<readonly Diagnostic[]> {
  const { live, desired, madeBy } = observation;
  if (live === undefined || madeBy !== undefined) return [];
  const gone = desired.flatMap((managed) => {
    const removed = removedName(managed);
    const changed = changes.some(({ key, state }) => key === managed.key && state === 'change');
    return removed !== undefined && changed ? [{ ...removed, path: managed.path }] : [];
  });
  if (gone.length === 0) return [];
  const references = await referencesOf(observation, cluster);
  return gone.flatMap(({ word, name, path }): readonly Diagnostic[] => {
    const names = [name, name.replace(/^\+?/, '$&guest/')];
    const found = references.filter((reference) => names.includes(reference.name));
    const [first] = found;
    if (first === undefined) return [];
    const more = found.length > 1 ? ` (and ${found.length - 1} more)` : '';
    const isRule = first.where.startsWith('rule');
    const detail = `${path} is to be removed, and ${first.where}${more} of guest ${observation.vmid} names that ${word}. Proxmox VE would leave ${isRule ? 'the rule' : 'it'} out without a word. Remove it there first, or write ${isRule ? 'firewall.rules' : `firewall.ipSets.${first.where.slice('set '.length)}.entries`} without it.`;
    const pointer = `/${path.replaceAll('.', '/')}`;
    const range = rangeOf(resource, pointer);
    return [
      {
        severity: 'error',
        code: 'IMPOSSIBLE',
        summary: `the ${word} is still named`,
        detail,
        range,
        address: resource.address,
        pointer,
      },
    ];
  });
}

/** Rules of the document for a network interface that the guest does not have: they match nothing. */
export function idleRules(resource: Resource, { live, desired }: Observation): readonly Diagnostic[] {
  const gone = new Set(
    desired.filter(({ sub, value }) => sub === undefined && value === undefined).map(({ key }) => key),
  );
  const present = new Set([...(live?.pending.keys() ?? []), ...desired.map(({ key }) => key)]);
  return (wantedRules(desired) ?? []).flatMap(({ iface }, index): readonly Diagnostic[] => {
    if (iface === undefined || (present.has(iface) && !gone.has(iface))) return [];
    const pointer = `/firewall/rules/${index}/iface`;
    const detail = `firewall.rules.${index} is for ${iface}, which the guest does not have, so that it matches nothing.`;
    const range = rangeOf(resource, pointer);
    return [
      {
        severity: 'warning',
        code: 'MISSING',
        summary: 'a rule for no interface',
        detail,
        range,
        address: resource.address,
        pointer,
      },
    ];
  });
}
