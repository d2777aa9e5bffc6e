import { PvevmError } from '../core/error.ts';
import type {
  ClusterStatus,
  GuestRow,
  GuestStatus,
  HaResource,
  NodeStorage,
  Pending,
  PoolRow,
  Resources,
  RunningTask,
  Volume,
} from './cluster-rows.ts';
import { createContentNodes } from './content-nodes.ts';
import { type Row, rowOf, rowsOf, unexpected } from './decode.ts';
import { decodeMapping, type MappingRow, type MappingType } from './mappings.ts';
import { decodePrecondition, type MigrationPrecondition } from './migration.ts';
import { decodePermissions, type Permissions } from './permissions.ts';
import type { Params, PveReader } from './reader.ts';
import { decodeTextRows, type TextRows } from './text-rows.ts';
import {
  decodeClusterStatus,
  decodeConfig,
  decodeGuest,
  decodeGuestStatus,
  decodeHaResource,
  decodeNodeStorage,
  decodePending,
  decodePool,
  decodeResources,
  decodeRunningTask,
  decodeVolume,
} from './wire.ts';

/**
 * A cluster as one plan sees it: each request is sent at most once, when it is first asked for, and its answer (or its
 * failure) kept. Everything throws as the client does, and `PVE_ERROR` for an answer of another shape.
 */
export interface ClusterView {
  /** Whether what is planned is for another token to carry out, and this one need only read. */
  readonly isForAnother: boolean;
  /** As in `{version: '9.2.11', release: '9.2'}`. */
  version(): Promise<{ readonly version: string; readonly release: string }>;
  /** Which guest lives where. Names and states may be some ten seconds old, and a guest may lack them at first. */
  resources(): Promise<Resources>;
  /** The QEMU guests of a node, as they are now. Guests that the token may not see are left out. */
  guestsOn(node: string): Promise<readonly GuestRow[]>;
  /** QEMU's own word for what each guest of a node is doing, as in `paused`, by id. */
  qmpStates(node: string): Promise<ReadonlyMap<number, string>>;
  pending(node: string, vmid: number): Promise<Pending>;
  guestStatus(node: string, vmid: number): Promise<GuestStatus>;
  /** The names of a guest's snapshots. */
  snapshots(node: string, vmid: number): Promise<readonly string[]>;
  /** What a guest's config was when a snapshot was made, as text by key. */
  snapshotConfig(node: string, vmid: number, snapshot: string): Promise<ReadonlyMap<string, string>>;
  /** What stands in the way of a migration; needs VM.Migrate. */
  migration(node: string, vmid: number): Promise<MigrationPrecondition>;
  storagesOf(node: string): Promise<readonly NodeStorage[]>;
  /** The volumes of one content type, as in `iso`. */
  content(node: string, storage: string, contentType: string): Promise<readonly Volume[]>;
  /** One volume; its size is that of the disk in it, and not that of its file. */
  volume(node: string, storage: string, volid: string): Promise<{ readonly size: number }>;
  /** The names of what a guest's network device can be on: bridges, Open vSwitch bridges, and SDN vnets. */
  bridges(node: string): Promise<readonly string[]>;
  /** Those of them that are SDN vnets. */
  vnets(node: string): Promise<readonly string[]>;
  /** What a node learns of a file by its address; `size` in bytes, where the file's server tells it. */
  urlMetadata(node: string, url: string, verified: boolean): Promise<{ readonly size?: number }>;
  pools(): Promise<readonly PoolRow[]>;
  /** The mappings of a sort that the token may see. */
  mappings(type: MappingType): Promise<readonly MappingRow[]>;
  haResources(): Promise<readonly HaResource[]>;
  /** A list of objects, or one object, as texts: of the firewall, and what else is compared as it stands. */
  texts(path: string, values?: Readonly<Record<string, string | number>>): Promise<TextRows>;
  clusterStatus(): Promise<ClusterStatus>;
  /** The privileges by path. A path that is not listed takes from those above it: `holds` says what. */
  permissions(): Promise<ReadonlyMap<string, ReadonlySet<string>>>;
  /** Whether a privilege holds on a path. */
  holds(path: string, privilege: string): Promise<boolean>;
  /** Whether the token itself holds a privilege on a path, though its plan may be for another one to carry out. */
  holdsItself(path: string, privilege: string): Promise<boolean>;
  /** The lowest free id; or the given one where it is free, and undefined where it is taken. */
  nextId(vmid?: number): Promise<number | undefined>;
  /** Whether any guest has an id at this moment, whatever was read before. */
  isTakenNow(vmid: number): Promise<boolean>;
  runningTasks(node: string): Promise<readonly RunningTask[]>;
  /** The running tasks of all nodes, as far as those tell each other of them: some may be missing. */
  clusterTasks(): Promise<readonly RunningTask[]>;
  /** Forgets all answers: what is asked for from now on is read again. */
  forget(): void;
}

const NONE: Readonly<Record<string, never>> = {};

/**
 * Makes a view of the cluster behind a reader; nothing is read yet. Where what is planned with it is for another token to
 * carry out, all privileges hold but those to read, which end in `.Audit` (pve-access-control: PVE/AccessControl.pm).
 */
export function createClusterView(pve: PveReader, isForAnother = false): ClusterView {
  const answers = new Map<string, Promise<unknown>>();
  const contentNodes = createContentNodes();
  let listed: Promise<Resources> | undefined;

  const read = <Answer>(
    path: string,
    values: Readonly<Record<string, string | number>>,
    query: Params,
    decode: (path: string, data: unknown) => Answer,
  ): Promise<Answer> => {
    // What is asked of the whole cluster is asked for again with each guest.
    const key = values === NONE && query === NONE ? path : JSON.stringify([path, values, query]);
    const known = answers.get(key);
    // Each path and query is asked for in one place below, so that its answer is always of one type.
    if (known !== undefined) return known as Promise<Answer>;
    const answer = pve.get(path, { path: values, query }).then((data) => decode(path, data));
    answers.set(key, answer);
    return answer;
  };

  const readRows = <Item>(
    path: string,
    values: Readonly<Record<string, string | number>>,
    query: Params,
    decode: (row: Row) => Item,
  ): Promise<readonly Item[]> => read(path, values, query, (asked, data) => rowsOf(asked, data).map(decode));

  const permissions = (): Promise<Permissions> => read('/access/permissions', NONE, NONE, decodePermissions);

  const bridgeRows = (node: string): Promise<readonly { readonly iface: string; readonly type?: string }[]> =>
    readRows('/nodes/{node}/network', { node }, { type: 'any_bridge' }, (row) => {
      const type = row.optionalText('type');
      return { iface: row.text('iface'), ...(type === undefined ? {} : { type }) };
    });

  return {
    isForAnother,
    version: () =>
      read('/version', NONE, NONE, (path, data) => {
        const row = rowOf(path, data);
        return { version: row.text('version'), release: row.text('release') };
      }),
    resources: () => {
      listed = read('/cluster/resources', NONE, NONE, decodeResources);
      return listed;
    },
    guestsOn: (node) => readRows('/nodes/{node}/qemu', { node }, {}, (row) => decodeGuest(row, node, 'qemu')),
    qmpStates: async (node) => {
      // Only the full list asks the processes themselves (qemu-server: PVE/QemuServer.pm, vmstatus).
      const rows = await readRows(
        '/nodes/{node}/qemu',
        { node },
        { full: 1 },
        (row) => [row.number('vmid'), row.optionalText('qmpstatus') ?? row.text('status')] as const,
      );
      return new Map(rows);
    },
    pending: (node, vmid) => read('/nodes/{node}/qemu/{vmid}/pending', { node, vmid }, {}, decodePending),
    guestStatus: (node, vmid) =>
      read('/nodes/{node}/qemu/{vmid}/status/current', { node, vmid }, {}, decodeGuestStatus),
    snapshots: async (node, vmid) => {
      const names = await readRows('/nodes/{node}/qemu/{vmid}/snapshot', { node, vmid }, {}, (row) => row.text('name'));
      // The list ends with the present state, under a name that no snapshot may have.
      return names.filter((name) => name !== 'current');
    },
    snapshotConfig: (node, vmid, snapshot) =>
      read('/nodes/{node}/qemu/{vmid}/config', { node, vmid }, { snapshot }, decodeConfig),
    migration: (node, vmid) => read('/nodes/{node}/qemu/{vmid}/migrate', { node, vmid }, {}, decodePrecondition),
    storagesOf: (node) => readRows('/nodes/{node}/storage', { node }, {}, decodeNodeStorage),
    content: async (node, storage, content) => {
      const storages = (await listed?.catch(() => undefined))?.storages ?? [];
      const values = { node: contentNodes.of(node, storage, content, storages), storage };
      return await readRows('/nodes/{node}/storage/{storage}/content', values, { content }, decodeVolume);
    },
    volume: (node, storage, volume) =>
      read('/nodes/{node}/storage/{storage}/content/{volume}', { node, storage, volume }, {}, (path, data) => ({
        size: rowOf(path, data).number('size'),
      })),
    bridges: async (node) => (await bridgeRows(node)).map(({ iface }) => iface),
    vnets: async (node) => (await bridgeRows(node)).filter(({ type }) => type === 'vnet').map(({ iface }) => iface),
    urlMetadata: (node, url, verified) =>
      read(
        '/nodes/{node}/query-url-metadata',
        { node },
        { url, ...(verified ? {} : { 'verify-certificates': 0 }) },
        (path, data) => {
          const size = rowOf(path, data).optionalNumber('size');
          return size === undefined ? {} : { size };
        },
      ),
    pools: () => readRows('/pools', NONE, NONE, decodePool),
    mappings: (type) => readRows(`/cluster/mapping/${type}`, NONE, NONE, decodeMapping),
    haResources: () => readRows('/cluster/ha/resources', NONE, NONE, decodeHaResource),
    texts: (path, values = NONE) => read(path, values, NONE, decodeTextRows),
    clusterStatus: () => read('/cluster/status', NONE, NONE, decodeClusterStatus),
    permissions: async () => (await permissions()).paths,
    holds: async (path, privilege) =>
      (isForAnother && !privilege.endsWith('.Audit')) || (await permissions()).holds(path, privilege),
    holdsItself: async (path, privilege) => (await permissions()).holds(path, privilege),
    nextId: (vmid) => unlessTaken(read('/cluster/nextid', NONE, vmid === undefined ? NONE : { vmid }, decodeNextId)),
    isTakenNow: async (vmid) => {
      const free = await unlessTaken(pve.get('/cluster/nextid', { query: { vmid } }).then(() => true));
      return free === undefined;
    },
    runningTasks: async (node) => {
      const tasks = await readRows(
        '/nodes/{node}/tasks',
        { node },
        { source: 'active', limit: 500 },
        decodeRunningTask,
      );
      return tasks.filter((task) => task !== undefined);
    },
    clusterTasks: async () => {
      const tasks = await readRows('/cluster/tasks', NONE, NONE, decodeRunningTask);
      return tasks.filter((task) => task !== undefined);
    },
    forget: () => {
      answers.clear();
      contentNodes.forget();
      listed = undefined;
    },
  };
}

// Proxmox VE gives the id as text, and a given one as it was sent.
function decodeNextId(path: string, data: unknown): number {
  const id = typeof data === 'string' && data !== '' ? Number(data) : data;
  if (typeof id === 'number' && Number.isInteger(id)) return id;
  throw unexpected(path, 'it is no id');
}

/** The answer to a question for an id; undefined where a guest has it. */
async function unlessTaken<Answer>(answer: Promise<Answer>): Promise<Answer | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (isTaken(error)) return undefined;
    throw error;
  }
}

// pve-manager: PVE/API2/Cluster.pm, nextid: `VM 100 already exists`, for containers too.
function isTaken(error: unknown): boolean {
  return error instanceof PvevmError && error.status === 400 && /already exists/.test(error.parameters['vmid'] ?? '');
}
