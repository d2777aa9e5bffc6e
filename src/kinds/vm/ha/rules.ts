import { isObject, type Json } from '../../../core/json.ts';
import type { Resource } from '../../../core/resource.ts';
import type { ClusterView } from '../../../pve/cluster.ts';
import { unlessRefused } from '../../../pve/refused.ts';
import type { TextRow } from '../../../pve/text-rows.ts';
import type { Observation, PlanContext } from '../../kind.ts';
import { type Draft, TIMEOUTS } from '../steps.ts';

/** The key that a guest's membership in HA rules is compared under. */
export const HA_RULES_KEY = 'ha.rules';

/** The resources that a rule names, as in `vm:100`. */
export function resourcesOf(rule: TextRow): readonly string[] {
  return (rule['resources'] ?? '').split(',').filter((sid) => sid !== '');
}

/** Whether a document says which HA rules name its guest. */
function managesHaRules(resource: Resource): boolean {
  const { ha } = resource.spec;
  return isObject(ha) && Object.hasOwn(ha, 'rules');
}

/**
 * The HA rules of the cluster, where a document asks for them; undefined where the token may not read them. Versions
 * before 9.0 have none (pve-ha-manager: PVE/API2/HA/Rules.pm).
 */
async function readHaRules(resource: Resource, cluster: ClusterView): Promise<readonly TextRow[] | undefined> {
  const { release } = await cluster.version();
  if (!managesHaRules(resource) || Number.parseInt(release, 10) < 9) return [];
  return (await unlessRefused(cluster.texts('/cluster/ha/rules'), undefined))?.rows;
}

/** What steps need to know of the server besides the guest: its release, and the HA rules where they are managed. */
export async function factsOf(
  resource: Resource,
  { cluster }: PlanContext,
): Promise<NonNullable<Observation['facts']>> {
  const { release } = await cluster.version();
  return { release, haRules: (await readHaRules(resource, cluster)) ?? null };
}

/** The rules that name a guest, as the live side of `ha.rules`. */
export function liveHaRules(rules: readonly TextRow[], vmid: number): readonly (readonly [string, string])[] {
  const names = rules.filter((rule) => resourcesOf(rule).includes(`vm:${vmid}`)).map((rule) => rule['rule'] ?? '');
  return names.length === 0 ? [] : [[HA_RULES_KEY, names.join(',')]];
}

/** The rules that an observation rests on, from its facts. */
export function observedRules(facts: Observation['facts']): readonly TextRow[] {
  // Put there by the kind itself, from `readHaRules`.
  return (facts?.['haRules'] ?? []) as unknown as readonly TextRow[];
}

/**
 * The steps by which a guest joins and leaves HA rules: each rule is written with all its resources, where it is found
 * as it was planned. `type` has to be said anew (PVE/API2/HA/Rules.pm, update_rule).
 */
export function haRuleDrafts(observation: Observation, sid: string): readonly Draft[] {
  const managed = observation.desired.find((value) => value.key === HA_RULES_KEY);
  if (managed === undefined) return [];
  const wanted = (managed.value ?? []) as readonly Json[];
  return observedRules(observation.facts).flatMap((row): readonly Draft[] => {
    const { rule = '', type = '' } = row;
    const others = resourcesOf(row).filter((other) => other !== sid);
    const isMember = others.length < resourcesOf(row).length;
    if (wanted.includes(rule) === isMember) return [];
    const path = `/cluster/ha/rules/${rule}`;
    const resources = (isMember ? others : [...others, sid]).join(',');
    return [
      {
        title: `${isMember ? 'leave' : 'join'} HA rule ${rule}`,
        effect: 'none',
        request: { method: 'PUT', path, params: { type, resources, digest: '{digest}' } },
        expects: { list: { path, rows: [row] } },
        await: { for: 'none', timeoutMs: TIMEOUTS.config },
      },
    ];
  });
}
