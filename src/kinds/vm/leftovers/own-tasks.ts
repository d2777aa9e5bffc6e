import type { GuestRow } from '../../../pve/cluster-rows.ts';
import type { PlanContext } from '../../kind.ts';
import { runningOf, type UnderWay } from '../../until-settled.ts';
import { ownTag } from '../identity/mark.ts';
import { formerName } from '../identity/renamed.ts';

// A guest that is only read from: the clone itself is waited for by its own lock.
const READING = new Set(['qmclone', 'vncproxy', 'spiceproxy', 'termproxy', 'vzdump']);

/** The ids that may be those of the documents' guests; a new guest has no name in the list of the cluster at first. */
async function idsOf({ cluster, resources, project }: PlanContext): Promise<ReadonlySet<string>> {
  const mine = resources.filter(({ kind }) => kind === 'vm');
  const names = new Set(mine.flatMap((resource) => [resource.name, formerName(resource) ?? resource.name]));
  const tag = ownTag(project.stack);
  const isMine = ({ name, tags }: GuestRow): boolean => (name === undefined ? tags.includes(tag) : names.has(name));
  const { guests } = await cluster.resources();
  return new Set([
    ...mine.map(({ spec }) => String(spec['vmid'])),
    ...guests.filter(isMine).map(({ vmid }) => String(vmid)),
  ]);
}

/**
 * A task of ours that still works on a guest of the documents, as a run that was cut off has left it: what it is about to
 * change would be planned a second time. Tasks of others show by the locks they hold, and by the digest that they change.
 */
export async function ownTaskUnderWay(context: PlanContext): Promise<UnderWay | undefined> {
  const { cluster, user } = context;
  const ids = await idsOf(context);
  const [task] = await runningOf(
    cluster,
    ({ type, id, upid }) => upid.endsWith(`:${user}:`) && ids.has(id) && !READING.has(type),
  );
  return task === undefined ? undefined : { what: `${task.type} of guest ${task.id}`, upid: task.upid };
}
