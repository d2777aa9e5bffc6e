import type { ApiFacts } from '../pve/facts/facts.ts';
import { createAccessFiles } from './access/access-files.ts';
import { createAccess } from './access/access-state.ts';
import { builtInRoles } from './access/roles.ts';
import { createTickets } from './access/tickets.ts';
import { CERTIFICATE_FILE } from './certificate.ts';
import { removeFromRules } from './cluster/ha/rules.ts';
import { digestOfText } from './digest.ts';
import { CPU_MODELS_FILE, cpuModelsIn } from './files/cpu-models.ts';
import { formatDatacenterCfg, parseDatacenterCfg } from './files/datacenter-cfg.ts';
import { firewallFile } from './files/firewall-file.ts';
import { formatHaCfg, parseHaCfg } from './files/ha-cfg.ts';
import type { StateFolder } from './files/state-folder.ts';
import { foreignSections, formatStorageCfg, parseStorageCfg } from './files/storage-cfg.ts';
import { parseVnetsCfg, VNETS_FILE } from './files/vnets-cfg.ts';
import { createGuests } from './guests.ts';
import type { SandboxClock, SandboxFacts, StorageDefinition } from './host.ts';
import type { SandboxState } from './house.ts';
import { withStorageFaults, withTaskFaults } from './inject-fault.ts';
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
  const { folder, clock, saved } = options;
  const facts: SandboxFacts = {
    ...options.facts,
    hasCpuModel: (name) => cpuModelsIn(folder.read(CPU_MODELS_FILE)).some(({ id }) => id === name),
  };
  let isDirty = false;
  const touch = (): void => {
    isDirty = true;
  };
  const nodes = new Map(saved.nodes.map((node) => [node.name, { ...node }]));
  const onlineAtFirst = new Map(saved.nodes.map(({ name, online }) => [name, online]));
  const random = createRandom(saved.random);
  const storages: StorageDefinition[] = [];
  const accessFiles = createAccessFiles(folder, builtInRoles(facts));
  const datacenter: Record<string, string> = {};
  const ha: ReturnType<typeof parseHaCfg> = new Map();
  const published = createPublishedStatus(() => clock.now(), options.resourcesLagMs);
  const tasks = withTaskFaults(
    createTasks({
      clock,
      taskTimeMs: options.taskTimeMs,
      saved: saved.tasks,
      onChange: touch,
      onEnd() {
        try {
          state.flush();
        } catch {
          // Such as on a full disk. What is not written stays to be written, and the next request says why it is not.
        }
        options.onChange();
      },
    }),
  );
  const volumes = withStorageFaults(
    createVolumes({
      storages,
      capacities: saved.capacities,
      saved: saved.volumes,
      inactive: saved.inactive,
      now: () => clock.now(),
      onChange: touch,
    }),
  );
  const guests = createGuests({
    folder,
    nodes: () => nodes.keys(),
    power: saved.power,
    onChange(vmid, entry) {
      touch();
      if (entry === undefined) {
        folder.remove(firewallFile(vmid));
        if (!ha.has(`vm:${vmid}`)) removeFromRules(state, `vm:${vmid}`);
      }
      if (options.resourcesLagMs > 0)
        published.publish(vmid, entry === undefined ? undefined : guestStatus(state, entry));
    },
  });
  const state: SandboxState = {
    ...{ facts, clock, random, nodes, guests, volumes, tasks, storages, datacenter, ha },
    vnets: () => parseVnetsCfg(folder.read(VNETS_FILE) ?? ''),
    access: createAccess(accessFiles.content, () => clock.now()),
    tickets: createTickets(accessFiles.ticketKey(), () => clock.now()),
    certificate: () => folder.read(CERTIFICATE_FILE) ?? '',
    clusterName: saved.clusterName,
    publishedStatus(vmid) {
      const entry = guests.get(vmid);
      if (options.resourcesLagMs > 0 || entry === undefined) return published.seen(vmid);
      return guestStatus(state, entry);
    },
    digestOf: (path) => digestOfText(folder.read(path) ?? ''),
    files: folder,
    setStorages(next) {
      refillArray(storages, [...next]);
      const foreign = foreignSections(folder.read('storage.cfg') ?? '');
      folder.write('storage.cfg', formatStorageCfg(storages) + foreign);
    },
    save() {
      accessFiles.save();
      folder.write('datacenter.cfg', formatDatacenterCfg(datacenter));
      if (ha.size > 0 || folder.read('ha/resources.cfg') !== undefined)
        folder.write('ha/resources.cfg', formatHaCfg(ha));
      options.onChange();
    },
    flush() {
      if (isDirty) state.writeState();
    },
    writeState() {
      folder.write(
        SANDBOX_JSON,
        formatSandboxJson({
          format: 1,
          owner: options.owner(),
          version: saved.version,
          world: saved.world,
          clusterName: saved.clusterName,
          random: random.state(),
          nodes: [...nodes.values()].map((node) => ({ ...node, online: onlineAtFirst.get(node.name) ?? true })),
          capacities: saved.capacities,
          volumes: volumes.all(),
          inactive: saved.inactive,
          tasks: tasks.all(),
          power: guests.power(),
        }),
      );
      isDirty = false;
    },
    reload() {
      folder.refresh();
      refillArray(storages, parseStorageCfg(folder.read('storage.cfg') ?? ''));
      accessFiles.load();
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
  if (options.resourcesLagMs > 0)
    for (const entry of guests.list()) published.know(entry.vmid, guestStatus(state, entry));
  return state;
}

function refillMap<Key, Value>(target: Map<Key, Value>, source: ReadonlyMap<Key, Value>): void {
  target.clear();
  for (const [key, value] of source) target.set(key, value);
}

function refillArray<Item>(target: Item[], source: readonly Item[]): void {
  target.splice(0, target.length, ...source);
}
