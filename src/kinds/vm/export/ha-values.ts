import type { ClusterView } from '../../../pve/cluster.ts';
import { unlessRefused } from '../../../pve/refused.ts';
import { resourcesOf } from '../ha/rules.ts';
import type { Draft } from './draft.ts';

const POWER_OF_STATE: Readonly<Record<string, string>> = { started: 'running', stopped: 'stopped' };

async function rulesOf(vmid: number, release: string, cluster: ClusterView): Promise<readonly string[] | undefined> {
  if (Number.parseInt(release, 10) < 9) return [];
  const read = await unlessRefused(cluster.texts('/cluster/ha/rules'), undefined);
  return read?.rows
    .filter((rule) => resourcesOf(rule).includes(`vm:${vmid}`))
    .map((rule) => rule['rule'] ?? '')
    .sort();
}

/**
 * Writes a guest's registration with HA, with its membership in rules from 9.0 on; the state only where power is asked
 * for and does not say it.
 */
export async function takeHa(
  draft: Draft,
  { vmid, running }: { readonly vmid: number; readonly running: boolean },
  power: boolean,
  cluster: ClusterView,
): Promise<void> {
  const { release } = await cluster.version();
  const mayRead = await cluster.holds('/', 'Sys.Audit');
  const resources = mayRead ? await unlessRefused(cluster.haResources(), undefined) : undefined;
  if (resources === undefined) {
    draft.lose('ha', 'The token may not read what is registered with high availability: it lacks Sys.Audit on /.');
    return;
  }
  const rules = await rulesOf(vmid, release, cluster);
  const registered = resources.find((resource) => resource.sid === `vm:${vmid}`);
  if (registered === undefined) {
    for (const rule of rules ?? [])
      draft.lose(`HA rule ${rule}`, 'It names the guest, which is not registered with HA.');
    return;
  }
  draft.put('ha', true);
  const state = registered.state === undefined || registered.state === 'enabled' ? 'started' : registered.state;
  if (power && POWER_OF_STATE[state] !== (running ? 'running' : 'stopped')) draft.put('ha.state', state);
  const { max_restart, max_relocate, failback, group, comment } = registered;
  if (max_restart !== undefined && max_restart !== 1) draft.put('ha.maxRestart', max_restart);
  if (max_relocate !== undefined && max_relocate !== 1) draft.put('ha.maxRelocate', max_relocate);
  if (failback === false) draft.put('ha.failback', failback);
  if (group !== undefined && group !== '') draft.put('ha.group', group);
  if (comment !== undefined && comment !== '') draft.put('ha.comment', comment);
  if (rules !== undefined && rules.length > 0) draft.put('ha.rules', rules);
}
