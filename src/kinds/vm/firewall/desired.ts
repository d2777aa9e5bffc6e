import type { Json } from '../../../core/json.ts';
import type { Resource } from '../../../core/resource.ts';
import type { ClusterView } from '../../../pve/cluster.ts';
import type { FirewallRule } from '../../../pve/codecs/firewall-rule.ts';
import { unlessRefused } from '../../../pve/refused.ts';
import type { ManagedValue } from '../../kind.ts';
import { wantedRules } from './names.ts';
import { firewallValues, RULES_KEY } from './values.ts';

/** The names of the macros that the server knows, as it spells them (pve-firewall: PVE/API2/Firewall/Cluster.pm). */
export async function macroNames(cluster: ClusterView): Promise<readonly string[]> {
  const { rows } = await unlessRefused(cluster.texts('/cluster/firewall/macros'), { rows: [] });
  return rows.flatMap(({ macro }) => (macro === undefined ? [] : [macro]));
}

/**
 * What a document says of the firewall, with macros as the server spells them: it takes them in any case and keeps its
 * own spelling (pve-firewall: PVE/Firewall.pm, verify_rule).
 */
export async function desiredFirewall(resource: Resource, cluster: ClusterView): Promise<readonly ManagedValue[]> {
  const values = firewallValues(resource);
  const rules = wantedRules(values) ?? [];
  if (!rules.some((rule) => rule['macro'] !== undefined)) return values;
  const names = new Map((await macroNames(cluster)).map((name) => [name.toLowerCase(), name]));
  const spelled = (rule: FirewallRule): Json => {
    const { macro } = rule;
    return macro === undefined ? rule : { ...rule, macro: names.get(macro.toLowerCase()) ?? macro };
  };
  return values.map((managed) => (managed.key === RULES_KEY ? { ...managed, value: rules.map(spelled) } : managed));
}
