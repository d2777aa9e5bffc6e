import type { Diagnostic } from '../../../core/diagnostic.ts';
import type { Json } from '../../../core/json.ts';
import type { Change } from '../../../core/plan.ts';
import { originOf, type Resource } from '../../../core/resource.ts';
import type { ClusterView } from '../../../pve/cluster.ts';
import { unlessRefused } from '../../../pve/refused.ts';
import type { Observation, PlanContext } from '../../kind.ts';
import { told } from '../../told.ts';
import { HA_RULES_KEY, observedRules, resourcesOf } from './rules.ts';

function unread(resource: Resource, path: string, what: string): Diagnostic {
  const detail = `The token may not read the ${what} of the cluster, so that ${path} was not checked. Give it Sys.Audit on /.`;
  return told(resource, path, 'warning', 'PERMISSION', 'not checked', detail);
}

const listed = (names: readonly string[]): string => (names.length === 0 ? 'none' : [...names].sort().join(', '));

async function missingGroup(resource: Resource, group: string, cluster: ClusterView): Promise<readonly Diagnostic[]> {
  const groups = (await unlessRefused(cluster.texts('/cluster/ha/groups'), undefined))?.rows;
  if (groups === undefined) return [unread(resource, 'ha.group', 'HA groups')];
  const names = groups.map((row) => row['group'] ?? '');
  if (names.includes(group)) return [];
  const detail = `ha.group is ${group} (${originOf(resource, '/ha/group').text}), which does not exist. HA groups: ${listed(names)}.`;
  return [told(resource, 'ha.group', 'error', 'MISSING', 'the HA group does not exist', detail)];
}

function ruleProblems(resource: Resource, observation: Observation): readonly Diagnostic[] {
  const managed = observation.desired.find((value) => value.key === HA_RULES_KEY);
  const wanted = ((managed?.value ?? []) as readonly Json[]).map(String);
  if (observation.facts?.['haRules'] === null) return [unread(resource, 'ha.rules', 'HA rules')];
  const rules = observedRules(observation.facts);
  const names = rules.map((row) => row['rule'] ?? '');
  const missing = wanted
    .filter((name) => !names.includes(name))
    .map((name) => {
      const detail = `ha.rules names ${name} (${originOf(resource, '/ha/rules').text}), which does not exist. HA rules: ${listed(names)}.`;
      return told(resource, 'ha.rules', 'error', 'MISSING', 'the HA rule does not exist', detail);
    });
  const sid = `vm:${observation.vmid}`;
  const emptied = rules
    .filter(
      (row) => resourcesOf(row).length === 1 && resourcesOf(row)[0] === sid && !wanted.includes(row['rule'] ?? ''),
    )
    .map(({ rule }) => {
      const detail = `ha.rules leaves ${rule} out (${originOf(resource, '/ha/rules').text}), which names this guest alone, and a rule has to name one. Write ${rule} too, or delete the rule: ha-manager rules remove ${rule}`;
      return told(resource, 'ha.rules', 'error', 'IMPOSSIBLE', 'the HA rule would be left with nothing', detail);
    });
  return [...missing, ...emptied];
}

/** The privilege that every change of HA takes (pve-ha-manager: PVE/API2/HA/Resources.pm, PVE/API2/HA/Rules.pm). */
async function missingPrivilege(
  resource: Resource,
  changes: readonly Change[],
  { cluster, user }: PlanContext,
): Promise<readonly Diagnostic[]> {
  const change = changes.find(({ key, state }) => state === 'change' && /^ha(\.|$)/.test(key));
  if (change === undefined || (await cluster.holds('/', 'Sys.Console'))) return [];
  const detail = `${change.path} changes what is registered with high availability, which needs Sys.Console on /, and ${user} does not hold it. Give it a role with that privilege there, or leave ${change.path} out.`;
  return [told(resource, change.path, 'error', 'PERMISSION', 'a privilege is missing', detail)];
}

/**
 * What would make a change of HA membership fail: a missing privilege, groups and rules that do not exist, and rules that
 * it would empty.
 */
export async function haProblems(
  resource: Resource,
  observation: Observation,
  changes: readonly Change[],
  context: PlanContext,
): Promise<readonly Diagnostic[]> {
  const { cluster } = context;
  const refused = await missingPrivilege(resource, changes, context);
  if (refused.length > 0) return refused;
  const { release } = await cluster.version();
  const hasRules = Number.parseInt(release, 10) >= 9;
  const group = changes.find((change) => change.key === 'ha.group')?.after;
  if (!hasRules) return typeof group === 'string' ? await missingGroup(resource, group, cluster) : [];
  return changes.some((change) => change.key === HA_RULES_KEY) ? ruleProblems(resource, observation) : [];
}
