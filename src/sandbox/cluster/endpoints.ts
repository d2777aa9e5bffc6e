import type { HouseEndpoint } from '../house.ts';
import { cpuModelEndpoints } from './cpu-models.ts';
import { clusterFirewallEndpoints } from './firewall/endpoints.ts';
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
import { vnetsEndpoint } from './sdn/vnets.ts';
import { statusEndpoint } from './status.ts';
import { tasksEndpoint } from './tasks.ts';

/** The calls below `/cluster` that the sandbox knows. */
export const clusterEndpoints: readonly HouseEndpoint[] = [
  nextIdEndpoint,
  resourcesEndpoint,
  statusEndpoint,
  ...optionsEndpoints,
  logEndpoint,
  tasksEndpoint,
  vnetsEndpoint,
  ...haResourceEndpoints,
  ...haGroupEndpoints,
  ...haRuleEndpoints,
  ...haMoveEndpoints,
  ...haStatusEndpoints,
  ...mappingEndpoints,
  ...cpuModelEndpoints,
  ...clusterFirewallEndpoints,
];
