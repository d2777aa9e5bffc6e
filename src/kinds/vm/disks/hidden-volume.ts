import type { PlanContext } from '../../kind.ts';
import { ownerOf } from './volumes.ts';

/**
 * Why a volume is in no list though it may be there: it is a guest's, a plan is for another token to carry out, and this one
 * may not see it (pve-storage: PVE/Storage.pm, check_volume_access, whose refusals the list leaves out). Undefined where
 * the list tells.
 */
export async function whyHidden(volid: string, { cluster }: PlanContext): Promise<string | undefined> {
  const owner = ownerOf(volid);
  const path = `/vms/${owner}`;
  if (owner === undefined || !cluster.isForAnother || (await cluster.holdsItself(path, 'VM.Config.Disk')))
    return undefined;
  return `Whether ${volid} exists is not checked: that needs VM.Config.Disk on ${path}.`;
}
