import type { Diagnostic } from '../../../core/diagnostic.ts';
import type { Resource } from '../../../core/resource.ts';
import { unlessRefused } from '../../../pve/refused.ts';
import type { PlanContext } from '../../kind.ts';

/**
 * A note where a plan is for another token to carry out, and this one may not see whether the HA default applies to a new
 * guest (pve-manager: PVE/API2/Cluster.pm, get_status: Sys.Audit on /). Undefined where it sees that.
 */
export async function unseenDefault(
  { range, address }: Resource,
  { cluster }: PlanContext,
): Promise<Diagnostic | undefined> {
  if (!cluster.isForAnother || (await unlessRefused(cluster.clusterStatus(), undefined)) !== undefined)
    return undefined;
  return {
    severity: 'note',
    code: 'PERMISSION',
    summary: 'registering with high availability is not planned',
    detail:
      'Whether the cluster can have high availability cannot be seen by this token, which lacks Sys.Audit on /: the one that applies may register the guest. Write ha: true or ha: false to decide.',
    ...{ range, address },
  };
}
