import type { JsonObject } from '../../core/json.ts';
import type { TaskRecord } from '../host.ts';
import type { HouseEndpoint } from '../house.ts';

const DEFAULT_ROWS = 50;
/** The priorities of the system log. */
const NOTICE = 5;
const ERROR = 3;

/** `GET /cluster/log`: that tasks began and ended, newest first (pve-manager: PVE/API2/Cluster.pm, log). */
export const logEndpoint: HouseEndpoint = {
  method: 'GET',
  path: '/cluster/log',
  handle({ host, user, params }) {
    const mayAudit = host.access.privileges(user, '/').has('Sys.Syslog');
    return host.tasks
      .list()
      .flatMap(rowsOf)
      .filter((row) => mayAudit || row['user'] === user.id)
      .slice(0, Number(params['max'] ?? DEFAULT_ROWS));
  },
};

function rowsOf(task: TaskRecord): readonly JsonObject[] {
  const { upid, node, pid, user, tokenid, starttime, endtime, exitstatus } = task;
  const row = (time: number, pri: number, msg: string, index: number): JsonObject => ({
    ...{ uid: pid * 2 + index, time, msg, node, pid, pri, tag: 'pvedaemon' },
    user: tokenid === undefined ? user : `${user}!${tokenid}`,
  });
  const begun = row(starttime, NOTICE + 1, `starting task ${upid}`, 0);
  if (exitstatus === undefined || endtime === undefined) return [begun];
  const isGood = exitstatus === 'OK' || exitstatus.startsWith('WARNINGS:');
  return [row(endtime, isGood ? NOTICE + 1 : ERROR, `end task ${upid} ${exitstatus}`, 1), begun];
}
