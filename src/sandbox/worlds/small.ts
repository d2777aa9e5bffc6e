import { GIB } from '../../core/units.ts';
import { COMMON_CAPACITIES, COMMON_STORAGES, commonImages, node } from './build.ts';
import type { World } from './world.ts';

const NODES = [node('pve1', 24 * GIB), node('pve2', 28 * GIB), node('pve3', 20 * GIB)];

/** The world that a sandbox starts from: three quorate nodes, local and shared storages, installation images, no guest. */
export const smallWorld: World = {
  clusterName: 'sandbox',
  nodes: NODES,
  storages: COMMON_STORAGES,
  capacities: COMMON_CAPACITIES,
  volumes: commonImages(NODES),
  datacenter: { keyboard: 'en-us' },
  users: [],
  acl: [],
  passwords: { 'root@pam': 'sandbox' },
  tokens: {},
};
