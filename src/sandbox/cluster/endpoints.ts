import type { HouseEndpoint } from '../house.ts';
import { taskRow } from '../nodes/tasks.ts';
import { haGroupEndpoints } from './ha/groups.ts';
import { haMoveEndpoints } from './ha/move.ts';
import { haResourceEndpoints } from './ha/resources.ts';
import { haRuleEndpoints } from './ha/rules.ts';
import { haStatusEndpoints } from './ha/status.ts';
import { logEndpoint } from './log.ts';
import { mappingEndpoints } from './mapping/endpoints.ts';
import { nextIdEndpoint } from './next-id.ts';
import { optionsEndpoints } from './options.ts';
import { resourcesEndpoint } from './resources.ts';
import { statusEndpoint } from './status.ts';

/** `GET /cluster/tasks`: the newest tasks of all nodes that the user may see. */
const tasksEndpoint: HouseEndpoint = {
  method: 'GET',
  path: '/cluster/tasks',
  handle({ host, user }) {
    const owner = user.id.split('!')[0];
    return host.tasks
      .list()
      .filter((task) => task.user === owner || host.access.privileges(user, `/nodes/${task.node}`).has('Sys.Audit'))
      .slice(0, 25)
      .map(taskRow);
  },
};

/** The calls below `/cluster` that the sandbox knows. */
export const clusterEndpoints: readonly HouseEndpoint[] = [
  nextIdEndpoint,
  resourcesEndpoint,
  statusEndpoint,
  ...optionsEndpoints,
  logEndpoint,
  tasksEndpoint,
  ...haResourceEndpoints,
  ...haGroupEndpoints,
  ...haRuleEndpoints,
  ...haMoveEndpoints,
  ...haStatusEndpoints,
  ...mappingEndpoints,
];
