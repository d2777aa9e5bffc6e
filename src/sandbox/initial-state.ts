import { randomUUID } from 'node:crypto';
import type { FactVersion } from '../pve/facts/fact-versions.ts';
import { formatDatacenterCfg } from './files/datacenter-cfg.ts';
import { formatHaCfg } from './files/ha-cfg.ts';
import { formatPasswords, hashPassword, PASSWORD_FILE } from './files/password-file.ts';
import type { StateFolder } from './files/state-folder.ts';
import { formatStorageCfg } from './files/storage-cfg.ts';
import { formatTokenCfg, formatUserCfg, parseUserCfg, type UserCfg } from './files/user-cfg.ts';
import { SANDBOX_TOKEN, thisProcess } from './owner.ts';
import { formatSandboxJson, SANDBOX_JSON, type SandboxJson } from './sandbox-json.ts';
import { volumesOf } from './worlds/guest-text.ts';
import type { World } from './worlds/world.ts';

/** What a new sandbox starts from, beside its world. */
export interface Beginning {
  readonly worldName: string;
  readonly version: FactVersion;
  readonly seed: number;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/** Writes the files of a world into a folder that holds no sandbox yet, and returns what is not configuration. */
export function writeInitialState(folder: StateFolder, world: World, beginning: Beginning): SandboxJson {
  const access = accessOf(world);
  const guests = world.guests ?? [];
  folder.write('user.cfg', formatUserCfg(access));
  folder.write('priv/token.cfg', formatTokenCfg(access));
  const passwords = Object.entries(world.passwords).map(([id, password]) => [id, hashPassword(password)] as const);
  folder.write(PASSWORD_FILE, formatPasswords(new Map(passwords)));
  folder.write('storage.cfg', formatStorageCfg(world.storages));
  folder.write('datacenter.cfg', formatDatacenterCfg(world.datacenter));
  const { ha = [] } = world;
  if (ha.length > 0)
    folder.write('ha/resources.cfg', formatHaCfg(new Map(ha.map((resource) => [resource.sid, resource]))));
  for (const { node, vmid, config } of guests) folder.write(`nodes/${node}/qemu-server/${vmid}.conf`, config);
  const running = guests.filter(({ isRunning }) => isRunning === true);
  const state: SandboxJson = {
    format: 1,
    owner: thisProcess(),
    version: beginning.version,
    world: beginning.worldName,
    clusterName: world.clusterName,
    random: beginning.seed,
    nodes: world.nodes,
    capacities: world.capacities,
    volumes: [...world.volumes, ...guests.flatMap((guest) => volumesOf(guest, world.storages))],
    inactive: world.inactive ?? [],
    tasks: [],
    power: Object.fromEntries(running.map(({ vmid }) => [vmid, beginning.now - 3_600_000])),
  };
  folder.write(SANDBOX_JSON, formatSandboxJson(state));
  return state;
}

function accessOf(world: World): UserCfg {
  const access = parseUserCfg('', '');
  for (const id of world.users) access.users.set(id, { enable: true, expire: 0 });
  access.acl.push(...world.acl);
  for (const [id, { comment, vms, storages }] of Object.entries(world.pools ?? {})) {
    access.pools.set(id, { comment, vms: new Set(vms), storages: new Set(storages) });
  }
  for (const [id, privsep] of Object.entries({ [SANDBOX_TOKEN]: false, ...world.tokens })) {
    // A secret comes from the machine's own chance, never from the seed: it opens a server.
    access.tokens.set(id, { secret: randomUUID(), privsep, expire: 0 });
  }
  return access;
}
