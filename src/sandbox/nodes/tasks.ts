import type { Json, JsonObject } from '../../core/json.ts';
import { parameterFailure } from '../api-error.ts';
import { behaviourOf } from '../behaviour.ts';
import { splitList } from '../check-value.ts';
import type { TaskRecord } from '../host.ts';
import type { HouseCall, HouseEndpoint } from '../house.ts';
import { withExtras } from '../with-extras.ts';

/** The calls below `/nodes/{node}/tasks` (pve-manager: PVE/API2/Tasks.pm). */
export const taskEndpoints: readonly HouseEndpoint[] = [
  { method: 'GET', path: '/nodes/{node}/tasks', handle: list },
  { method: 'GET', path: '/nodes/{node}/tasks/{upid}/status', handle: status },
  { method: 'GET', path: '/nodes/{node}/tasks/{upid}/log', handle: log },
  { method: 'DELETE', path: '/nodes/{node}/tasks/{upid}', handle: stop },
];

const UPID = /^UPID:([^:\s/]+):[0-9A-F]{8}:[0-9A-F]{8,9}:[0-9A-F]{8}:[^:\s]+:[^:\s/]*:([^:\s]+):$/;
const DEFAULT_LIMIT = 50;

/** A task as lists show it: an ended one's `status` is its exit status. */
function taskRow(task: TaskRecord): JsonObject {
  const { exitstatus, endtime } = task;
  return {
    ...identity(task),
    ...(endtime === undefined ? {} : { endtime }),
    ...(exitstatus === undefined ? {} : { status: exitstatus }),
  };
}

/** A task as the list of a node shows it while it runs: as it stands in the file of active tasks. */
function activeRow({ upid, node, pid, pstart, starttime, type, id, user, tokenid }: TaskRecord): JsonObject {
  const owner = tokenid === undefined ? user : `${user}!${tokenid}`;
  return { upid, node, pid, pstart, starttime, type, id, user: owner, saved: '0', status: 'RUNNING' };
}

function identity({ upid, node, pid, pstart, starttime, type, id, user, tokenid }: TaskRecord): JsonObject {
  return { upid, node, pid, pstart, starttime, type, id, user, ...(tokenid === undefined ? {} : { tokenid }) };
}

function list(call: HouseCall): Json {
  const { host, params, user } = call;
  const node = String(params['node']);
  const mayAudit = host.access.privileges(user, `/nodes/${node}`).has('Sys.Audit');
  const source = params['source'] ?? 'archive';
  const found = host.tasks
    .list(node)
    .filter((task) => mayAudit || isOwnTask(task, user.id))
    .filter(({ exitstatus }) => source === 'all' || (exitstatus === undefined) === (source === 'active'))
    .filter((task) => isWanted(task, params))
    .map((task) => (task.exitstatus === undefined ? activeRow(task) : taskRow(task)));
  const start = Number(params['start'] ?? 0);
  const limit = Number(params['limit'] ?? DEFAULT_LIMIT);
  const rows = found.slice(start, limit === 0 ? undefined : start + limit);
  // Attributes that are zero are left out of the answer.
  return found.length === 0 ? rows : withExtras(rows, { total: found.length });
}

function isWanted(task: TaskRecord, params: HouseCall['params']): boolean {
  const { vmid, since, until, errors, typefilter, userfilter, statusfilter } = params;
  const outcome = outcomeOf(task.exitstatus);
  return (
    (vmid === undefined || task.id === String(vmid)) &&
    (since === undefined || task.starttime >= Number(since)) &&
    (until === undefined || task.starttime <= Number(until)) &&
    (errors !== 1 || outcome === 'error') &&
    (typefilter === undefined || task.type === typefilter) &&
    (userfilter === undefined || task.user.includes(String(userfilter))) &&
    (statusfilter === undefined || splitList(String(statusfilter)).includes(outcome))
  );
}

function outcomeOf(exitstatus: string | undefined): string {
  if (exitstatus === undefined) return 'unknown';
  if (exitstatus === 'OK') return 'ok';
  return /^WARNINGS: \d+$/.test(exitstatus) ? 'warning' : 'error';
}

function status(call: HouseCall): Json {
  const task = taskOf(call);
  if (task === undefined) throw parameterFailure({ upid: 'no such task' });
  const { exitstatus } = task;
  return {
    ...identity(task),
    ...(exitstatus === undefined ? { status: 'running' } : { status: 'stopped', exitstatus }),
  };
}

function log(call: HouseCall): Json {
  const task = taskOf(call);
  const lines = task === undefined ? ['unable to open file - No such file or directory'] : task.log;
  const start = Number(call.params['start'] ?? 0);
  const limit = Number(call.params['limit'] ?? DEFAULT_LIMIT);
  const shown = lines.length === 0 ? ['no content'] : lines;
  const rows = shown.map((text, index) => ({ n: index + 1, t: text }));
  const total = shown.length;
  const [only] = rows;
  const isAlone = task === undefined && only !== undefined && !behaviourOf(call.host).listsMissingLog;
  return withExtras(isAlone ? only : rows.slice(start, limit === 0 ? undefined : start + limit), { total });
}

/** The task that the path names, on the node that ran it; throws where the user may not see it. */
function taskOf(call: HouseCall): TaskRecord | undefined {
  const { host, user } = call;
  const node = String(call.params['node']);
  const upid = String(call.params['upid']);
  const [, ranOn, owner = ''] = UPID.exec(upid) ?? [];
  if (ranOn === undefined) throw parameterFailure({ upid: 'unable to parse worker upid' });
  const [name = '', tokenid] = owner.split('!');
  if (!isOwnTask({ user: name, ...(tokenid === undefined ? {} : { tokenid }) }, user.id)) {
    call.require(`/nodes/${node}`, ['Sys.Audit']);
  }
  return ranOn === node ? host.tasks.get(upid) : undefined;
}

/** Whether a task is a user's own: a user owns the tasks of its tokens too, a token only its own. */
export function isOwnTask(task: Pick<TaskRecord, 'user' | 'tokenid'>, userid: string): boolean {
  const [name, tokenid] = userid.split('!');
  return task.user === name && (tokenid === undefined || task.tokenid === tokenid);
}

/** Stopping a task of another user needs Sys.Modify on the node (Tasks.pm, stop_task). One that has ended stays so. */
function stop(call: HouseCall): null {
  const { host, user, params } = call;
  const task = taskOf(call);
  if (task === undefined) return null;
  if (!isOwnTask(task, user.id)) call.require(`/nodes/${params['node']}`, ['Sys.Modify']);
  host.tasks.stop(task.upid);
  return null;
}
