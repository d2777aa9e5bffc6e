import type { ApiFacts } from '../pve/facts/facts.ts';
import { createAccess } from './access/access-state.ts';
import { digestOfText } from './digest.ts';
import { formatDatacenterCfg, parseDatacenterCfg } from './files/datacenter-cfg.ts';
import { formatHaCfg, parseHaCfg } from './files/ha-cfg.ts';
import type { StateFolder } from './files/state-folder.ts';
import { parseStorageCfg } from './files/storage-cfg.ts';
import { formatTokenCfg, formatUserCfg, parseUserCfg, type UserCfg } from './files/user-cfg.ts';
import { createGuests } from './guests.ts';
import type { SandboxClock, StorageDefinition } from './host.ts';
import type { SandboxState } from './house.ts';
import { guestStatus } from './nodes/qemu/guest-status.ts';
import { createPublishedStatus } from './published-status.ts';
import { createRandom } from './random.ts';
import { formatSandboxJson, type Owner, SANDBOX_JSON, type SandboxJson } from './sandbox-json.ts';
import { createTasks } from './tasks.ts';
import { createVolumes } from './volumes.ts';

/** What a state is made of. */
export interface StateOptions {
  readonly folder: StateFolder;
  readonly facts: ApiFacts;
  readonly clock: SandboxClock;
  readonly saved: SandboxJson;
  readonly taskTimeMs: number;
  readonly resourcesLagMs: number;
  /** Who serves the folder now; null: nobody. */
  owner(): Owner | null;
  /** Called when the configuration was saved, and when a task has ended. */
  onChange(): void;
}

/** The state of a sandbox in a folder that looks like `/etc/pve`; every change is written there. */
export function createState(options: StateOptions): SandboxState {
  const { folder, facts, clock, saved } = options;
  let isDirty = false;
  const touch = (): void => {
    isDirty = true;
  };
  const nodes = new Map(saved.nodes.map((node) => [node.name, { ...node }]));
  const random = createRandom(saved.random);
  const storages: StorageDefinition[] = [];
  const userCfg: UserCfg = parseUserCfg('', '');
  const datacenter: Record<string, string> = {};
  const ha: ReturnType<typeof parseHaCfg> = new Map();
  const published = createPublishedStatus(() => clock.now(), options.resourcesLagMs);
  const tasks = createTasks({
    clock,
    taskTimeMs: options.taskTimeMs,
    saved: saved.tasks,
    onChange: touch,
    onEnd() {
      state.flush();
      options.onChange();
    },
  });
  const volumes = createVolumes({
    storages,
    capacities: saved.capacities,
    saved: saved.volumes,
    now: () => clock.now(),
    onChange: touch,
  });
  const guests = createGuests({
    folder,
    nodes: () => nodes.keys(),
    power: saved.power,
    onChange(vmid, entry) {
      touch();
      if (options.resourcesLagMs > 0)
        published.publish(vmid, entry === undefined ? undefined : guestStatus(state, entry));
    },
  });
  const state: SandboxState = {
    ...{ facts, clock, random, nodes, guests, volumes, tasks, storages, datacenter, ha },
    access: createAccess(userCfg, () => clock.now()),
    clusterName: saved.clusterName,
    publishedStatus(vmid) {
      const entry = guests.get(vmid);
      if (options.resourcesLagMs > 0 || entry === undefined) return published.seen(vmid);
      return guestStatus(state, entry);
    },
    digestOf: (path) => digestOfText(folder.read(path) ?? ''),
    save() {
      folder.write('user.cfg', formatUserCfg(userCfg));
      folder.write('priv/token.cfg', formatTokenCfg(userCfg));
      folder.write('datacenter.cfg', formatDatacenterCfg(datacenter));
      if (ha.size > 0 || folder.read('ha/resources.cfg') !== undefined)
        folder.write('ha/resources.cfg', formatHaCfg(ha));
      options.onChange();
    },
    flush() {
      if (isDirty) state.writeState();
    },
    writeState() {
      isDirty = false;
      folder.write(
        SANDBOX_JSON,
        formatSandboxJson({
          format: 1,
          owner: options.owner(),
          clusterName: saved.clusterName,
          random: random.state(),
          nodes: [...nodes.values()],
          capacities: saved.capacities,
          volumes: volumes.all(),
          tasks: tasks.all(),
          power: guests.power(),
        }),
      );
    },
    reload() {
      folder.refresh();
      refillArray(storages, parseStorageCfg(folder.read('storage.cfg') ?? ''));
      refillUserCfg(userCfg, parseUserCfg(folder.read('user.cfg') ?? '', folder.read('priv/token.cfg') ?? ''));
      for (const key of Object.keys(datacenter)) delete datacenter[key];
      Object.assign(datacenter, parseDatacenterCfg(folder.read('datacenter.cfg') ?? ''));
      refillMap(ha, parseHaCfg(folder.read('ha/resources.cfg') ?? ''));
      guests.load();
      if (options.resourcesLagMs > 0) {
        for (const entry of guests.list()) published.publish(entry.vmid, guestStatus(state, entry));
      }
    },
  };
  state.reload();
  return state;
}

function refillUserCfg(target: UserCfg, source: UserCfg): void {
  refillMap(target.users, source.users);
  refillMap(target.tokens, source.tokens);
  refillMap(target.groups, source.groups);
  refillMap(target.groupComments, source.groupComments);
  refillMap(target.pools, source.pools);
  refillMap(target.roles, source.roles);
  refillArray(target.acl, source.acl);
}

function refillMap<Key, Value>(target: Map<Key, Value>, source: ReadonlyMap<Key, Value>): void {
  target.clear();
  for (const [key, value] of source) target.set(key, value);
}

function refillArray<Item>(target: Item[], source: readonly Item[]): void {
  target.splice(0, target.length, ...source);
}
