import type { JsonObject } from '../../core/json.ts';
import type { TaskRecord } from '../host.ts';
import type { HouseEndpoint } from '../house.ts';
import { isOwnTask } from '../nodes/tasks.ts';

/** How many tasks the nodes tell each other of. */
const KEPT = 25;

/** `GET /cluster/tasks`: the newest tasks of all nodes that the user may see, running ones first (PVE/API2/Cluster.pm). */
export const tasksEndpoint: HouseEndpoint = {
  method: 'GET',
  path: '/cluster/tasks',
  handle({ host, user }) {
    const tasks = host.tasks
      .list()
      .filter((task) => isOwnTask(task, user.id) || host.access.privileges(user, '/').has('Sys.Audit'));
    const isRunning = ({ exitstatus }: TaskRecord): boolean => exitstatus === undefined;
    return [...tasks.filter(isRunning), ...tasks.filter((task) => !isRunning(task))].slice(0, KEPT).map(row);
  },
};

/** Only a running task has a process; one that has ended is in the archive. */
function row({ upid, node, pid, starttime, endtime, type, id, user, tokenid, exitstatus }: TaskRecord): JsonObject {
  return {
    ...{ upid, node, starttime, type, id, user },
    ...(tokenid === undefined ? {} : { tokenid }),
    ...(exitstatus === undefined ? { pid } : { endtime: endtime ?? starttime, status: exitstatus, saved: '1' }),
  };
}
