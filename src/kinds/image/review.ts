import type { Diagnostic } from '../../core/diagnostic.ts';
import { type Resource, rangeOf } from '../../core/resource.ts';
import type { ObjectObservation, PlanContext } from '../kind.ts';
import { imageProblem } from './place.ts';
import { reachProblems } from './reach.ts';

/** The privileges that a download needs and the token does not hold (pve-storage: PVE/API2/Storage/Status.pm, download_url). */
async function missingPrivileges(
  resource: Resource,
  { node }: ObjectObservation,
  { cluster, user }: PlanContext,
): Promise<readonly Diagnostic[]> {
  const storage = String(resource.spec['storage']);
  const problem = (detail: string): Diagnostic =>
    imageProblem(resource, 'url', 'PERMISSION', 'a privilege is missing', detail);
  const diagnostics: Diagnostic[] = [];
  if (!(await cluster.holds(`/storage/${storage}`, 'Datastore.AllocateTemplate')))
    diagnostics.push(
      problem(
        `The download needs Datastore.AllocateTemplate on /storage/${storage}, which ${user} does not hold. Give it a role with that privilege there, or put the file there by hand.`,
      ),
    );
  const lacksOnRoot: string[] = [];
  for (const name of ['Sys.Audit', 'Sys.Modify']) if (!(await cluster.holds('/', name))) lacksOnRoot.push(name);
  if (lacksOnRoot.length === 0) return diagnostics;
  // Before 8.0 there was no privilege for this alone (pve-access-control: PVE/AccessControl.pm).
  if (Number.parseInt((await cluster.version()).version, 10) < 8)
    diagnostics.push(
      problem(
        `The download needs ${lacksOnRoot.join(' and ')} on /, which ${user} does not hold. Give it a role with that there, or put the file there by hand.`,
      ),
    );
  else if (!(await cluster.holds(`/nodes/${node}`, 'Sys.AccessNetwork')))
    diagnostics.push(
      problem(
        `The download needs Sys.AccessNetwork on /nodes/${node}, which ${user} does not hold (Sys.Audit and Sys.Modify on / would do as well). Give it a role with that privilege there, or put the file there by hand.`,
      ),
    );
  return diagnostics;
}

/** What stands in the way of a download, and what a reader should know of it: without a checksum it is not pinned. */
export async function reviewImage(
  resource: Resource,
  observation: ObjectObservation,
  context: PlanContext,
): Promise<readonly Diagnostic[]> {
  const base = { address: resource.address, range: rangeOf(resource, '/url') };
  if (observation.live !== undefined) {
    if (typeof resource.spec['filename'] !== 'string' || typeof resource.spec['checksum'] !== 'string') return [];
    const detail = `${observation.identity} is there, and is taken as it is: Proxmox VE keeps no checksum of it. Leave filename out for a name with digits of the checksum in it.`;
    return [{ ...base, severity: 'note', code: 'IDENTITY', summary: 'the file is not compared', detail }];
  }
  const found = [
    ...(await missingPrivileges(resource, observation, context)),
    ...(await reachProblems(resource, observation, context)),
  ];
  if (typeof resource.spec['checksum'] === 'string') return found;
  const detail = `${resource.address} has no checksum: whatever its URL gives on that day is what new guests get. Write checksum: sha256:…`;
  return [...found, { ...base, severity: 'warning', code: 'IDENTITY', summary: 'the image is not pinned', detail }];
}
