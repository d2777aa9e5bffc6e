import type { Diagnostic } from '../../../core/diagnostic.ts';
import type { Change } from '../../../core/plan.ts';
import { type Resource, rangeOf } from '../../../core/resource.ts';
import { unlessRefused } from '../../../pve/refused.ts';
import type { Observation, PlanContext } from '../../kind.ts';

/** A hookscript that is not among the snippets of its storage (pve-guest-common: PVE/GuestHelpers.pm, check_hookscript). */
export async function missingScript(
  resource: Resource,
  { node }: Observation,
  changes: readonly Change[],
  { cluster }: PlanContext,
): Promise<readonly Diagnostic[]> {
  const change = changes.find(({ key, state }) => key === 'hookscript' && state === 'change');
  if (typeof change?.after !== 'string') return [];
  const storage = change.after.split(':')[0] as string;
  const known = (await cluster.storagesOf(node)).some((row) => row.storage === storage && row.active);
  const volumes = known ? await unlessRefused(cluster.content(node, storage, 'snippets'), undefined) : [];
  if (volumes === undefined || volumes.some(({ volid }) => volid === change.after)) return [];
  const pointer = '/system/hookscript';
  const names = volumes.map(({ volid }) => volid).sort();
  const detail = `${change.path} is ${change.after} (${change.origin}), which ${node} does not have. Snippets on ${storage}: ${names.length === 0 ? 'none' : names.join(', ')}.`;
  const range = rangeOf(resource, pointer);
  const summary = 'the hookscript does not exist';
  return [{ severity: 'error', code: 'MISSING', summary, detail, range, address: resource.address, pointer }];
}
