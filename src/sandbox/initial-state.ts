import { randomUUID } from 'node:crypto';
import { formatDatacenterCfg } from './files/datacenter-cfg.ts';
import type { StateFolder } from './files/state-folder.ts';
import { formatStorageCfg } from './files/storage-cfg.ts';
import { formatTokenCfg, formatUserCfg, parseUserCfg, type UserCfg } from './files/user-cfg.ts';
import { SANDBOX_TOKEN } from './owner.ts';
import { formatSandboxJson, SANDBOX_JSON, type SandboxJson } from './sandbox-json.ts';
import type { World } from './worlds/world.ts';

/** Writes the files of a world into a folder that holds no sandbox yet, and returns what is not configuration. */
export function writeInitialState(folder: StateFolder, world: World, seed: number): SandboxJson {
  const access = accessOf(world);
  folder.write('user.cfg', formatUserCfg(access));
  folder.write('priv/token.cfg', formatTokenCfg(access));
  folder.write('storage.cfg', formatStorageCfg(world.storages));
  folder.write('datacenter.cfg', formatDatacenterCfg(world.datacenter));
  const state: SandboxJson = {
    format: 1,
    owner: { pid: process.pid, endpoint: '' },
    clusterName: world.clusterName,
    random: seed,
    nodes: world.nodes,
    capacities: world.capacities,
    volumes: world.volumes,
    tasks: [],
    power: {},
  };
  folder.write(SANDBOX_JSON, formatSandboxJson(state));
  return state;
}

function accessOf(world: World): UserCfg {
  const access = parseUserCfg('', '');
  for (const id of world.users) access.users.set(id, { enable: true, expire: 0 });
  access.acl.push(...world.acl);
  for (const [id, privsep] of Object.entries({ [SANDBOX_TOKEN]: false, ...world.tokens })) {
    // A secret comes from the machine's own chance, never from the seed: it opens a server.
    access.tokens.set(id, { secret: randomUUID(), privsep, expire: 0 });
  }
  return access;
}
