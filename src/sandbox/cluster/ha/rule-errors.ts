import { splitList } from '../../check-value.ts';
import type { HaRule } from '../../files/ha-rules-cfg.ts';

/** What is wrong with a rule, by key. */
export type RuleErrors = Readonly<Record<string, readonly string[]>>;

/** The resources that a rule is about. */
export function resourcesOf(rule: HaRule): readonly string[] {
  return splitList(rule.values['resources'] ?? '');
}

/**
 * Why rules cannot be kept, by rule: rules contradict each other, or ask for more nodes than there are
 * (pve-ha-manager: PVE/HA/Rules/NodeAffinity.pm, ResourceAffinity.pm). A rule that is disabled counts for nothing.
 */
export function ruleErrors(rules: readonly HaRule[], nodeCount: number): ReadonlyMap<string, RuleErrors> {
  const result = new Map<string, Record<string, string[]>>();
  const complain = (id: string, message: string): void => {
    const errors = result.get(id) ?? {};
    errors['resources'] = [...(errors['resources'] ?? []), message];
    result.set(id, errors);
  };
  const active = rules.filter(({ values }) => values['disable'] !== '1');
  const together = active.filter(({ values }) => values['affinity'] === 'positive');
  const apart = active.filter(({ values }) => values['affinity'] === 'negative');
  for (const rule of active.filter(({ type }) => type === 'node-affinity')) {
    const others = active.filter(({ id, type }) => type === 'node-affinity' && id !== rule.id);
    const shared = resourcesOf(rule).filter((sid) => others.some((other) => resourcesOf(other).includes(sid)));
    for (const sid of shared) complain(rule.id, `resource '${sid}' is already used in another node affinity rule`);
  }
  for (const rule of [...together, ...apart]) {
    if (resourcesOf(rule).length < 2) {
      complain(rule.id, 'rule is ineffective as there are less than two resources');
    }
  }
  for (const rule of apart) {
    if (resourcesOf(rule).length > nodeCount) complain(rule.id, 'rule defines more resources than available nodes');
    for (const other of together) {
      if (resourcesOf(rule).filter((sid) => resourcesOf(other).includes(sid)).length < 2) continue;
      complain(rule.id, `rule shares two or more resources with positive resource affinity rule '${other.id}'`);
      complain(other.id, `rule shares two or more resources with negative resource affinity rule '${rule.id}'`);
    }
  }
  return result;
}
