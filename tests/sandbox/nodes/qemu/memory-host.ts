import { createHash } from 'node:crypto';
import type { ApiFacts } from '../../../../src/pve/facts/facts.ts';
import { ApiError } from '../../../../src/sandbox/api-error.ts';
import type { GuestConfig } from '../../../../src/sandbox/guest-config.ts';
import { formatGuestConfig } from '../../../../src/sandbox/guest-config-file.ts';
import type {
  AccessState,
  GuestEntry,
  GuestStore,
  SandboxHost,
  StorageDefinition,
  TaskRecord,
  TaskStore,
  Volume,
} from '../../../../src/sandbox/host.ts';
import { createVolumes } from '../../../../src/sandbox/volumes.ts';

/** A host in memory whose clock stands still and whose tasks run when `settle` is called. */
export interface MemoryHost extends SandboxHost {
  /** Runs the tasks that were started, and those that they start. */
  settle(): Promise<void>;
  /** The text of a guest's config file. */
  file(vmid: number): string;
}

/** A host like that of the recordings: node `pve1`, storages `local` and `vmdata`, three ISO images; `more` is added. */
export function memoryHost(
  facts: ApiFacts,
  more: { readonly nodes?: readonly string[]; readonly storages?: readonly StorageDefinition[] } = {},
): MemoryHost {
  const guests = memoryGuests();
  const { tasks, settle } = memoryTasks();
  let counter = 0;
  const hex = (length: number) => {
    counter += 1;
    return counter.toString(16).padStart(length, '0');
  };
  const directory = (id: string, path: string, content: readonly string[]): StorageDefinition => {
    return { id, type: 'dir', content, shared: false, path, options: {} };
  };
  const storages = [
    directory('local', '/var/lib/vz', ['iso', 'vztmpl', 'backup', 'snippets', 'import']),
    directory('vmdata', '/var/lib/vz-vmdata', ['images', 'rootdir']),
    ...(more.storages ?? []),
  ];
  const volumes = createVolumes({
    storages,
    capacities: {},
    saved: ['debian-12.iso', 'nixos-minimal-24.05.iso', 'nixos-minimal-24.11.iso'].map(isoImage),
    now: () => 0,
    onChange: () => undefined,
  });
  return {
    facts,
    clock: { now: () => 1_795_000_000_000, sleep: settle },
    random: {
      uuid: () => `00000000-0000-4000-8000-${hex(12)}`,
      mac: (prefix) =>
        `${prefix || '00:00:00'}:${hex(6)
          .toUpperCase()
          .replace(/(..)(..)(..)/, '$1:$2:$3')}`,
      integer: () => 0,
    },
    nodes: new Map(
      ['pve1', ...(more.nodes ?? [])].map((name) => [
        name,
        { name, cpus: 16, memory: 2 ** 35, memoryUsed: 2 ** 33, online: true, bridges: ['vmbr0'] },
      ]),
    ),
    guests,
    volumes,
    tasks,
    access: memoryAccess(),
    storages,
    datacenter: { keyboard: 'en-us', mac_prefix: 'BC:24:11' },
    ha: new Map(),
    save: () => undefined,
    settle,
    file(vmid) {
      const config = guests.get(vmid)?.config;
      return config === undefined ? '' : formatGuestConfig(config);
    },
  };
}

function isoImage(name: string): Volume {
  return { volid: `local:iso/${name}`, storage: 'local', content: 'iso', format: 'iso', size: 2 ** 20, ctime: 0 };
}

function memoryGuests(): GuestStore {
  const entries = new Map<number, GuestEntry>();
  const started = new Map<number, number>();
  return {
    get: (vmid) => entries.get(vmid),
    containers: () => [],
    isTaken: (vmid) => entries.has(vmid),
    list: (node) => [...entries.values()].filter((entry) => node === undefined || entry.node === node),
    write(vmid, node, config: GuestConfig) {
      const digest = createHash('sha1').update(formatGuestConfig(config)).digest('hex');
      const entry = { vmid, node, config, digest };
      entries.set(vmid, entry);
      return entry;
    },
    remove(vmid) {
      entries.delete(vmid);
      started.delete(vmid);
    },
    copyFirewall: () => undefined,
    move(vmid, node) {
      const entry = { ...(entries.get(vmid) as GuestEntry), node };
      entries.set(vmid, entry);
      return entry;
    },
    startedAt: (vmid) => started.get(vmid),
    setStartedAt: (vmid, at) => void (at === undefined ? started.delete(vmid) : started.set(vmid, at)),
  };
}

function memoryTasks(): { readonly tasks: TaskStore; readonly settle: () => Promise<void> } {
  const records = new Map<string, TaskRecord & { log: string[]; exitstatus?: string }>();
  const queue: (() => Promise<void>)[] = [];
  const tasks: TaskStore = {
    start({ node, type, id, user, begin, run }) {
      const upid = `UPID:${node}:${String(records.size).padStart(8, '0')}:00000000:00000000:${type}:${id}:${user.id}:`;
      const log: string[] = [];
      const record: TaskRecord & { log: string[]; exitstatus?: string } = {
        ...{ upid, node, type, id, log, user: user.id, pid: 1, pstart: 1, starttime: 1 },
      };
      records.set(upid, record);
      let warnings = 0;
      const warn = (line: string): void => {
        warnings += 1;
        log.push(line);
      };
      const context = { upid, log: (line: string) => void log.push(line), warn };
      try {
        begin?.(context);
      } catch (error) {
        if (!(error instanceof ApiError)) throw error;
        record.exitstatus = error.message;
        return upid;
      }
      queue.push(async () => {
        try {
          await run(context);
          record.exitstatus = warnings === 0 ? 'OK' : `WARNINGS: ${warnings}`;
        } catch (error) {
          if (!(error instanceof ApiError)) throw error;
          record.exitstatus = error.message;
        }
      });
      return upid;
    },
    get: (upid) => records.get(upid),
    list: () => [...records.values()].reverse(),
  };
  const settle = async () => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) await next();
  };
  return { tasks, settle };
}

function memoryAccess(): AccessState {
  return {
    users: new Map(),
    tokens: new Map(),
    pools: new Map(),
    roles: new Map(),
    acl: [],
    privileges(user) {
      const audit = ['VM.Audit', 'Datastore.Audit', 'Sys.Audit', 'Pool.Audit'];
      return user.id.startsWith('root@pam') ? EVERY_PRIVILEGE : new Set(audit);
    },
  };
}

/** A set that has whatever it is asked for. */
const EVERY_PRIVILEGE: ReadonlySet<string> = new (class extends Set<string> {
  override has(): boolean {
    return true;
  }
})();
