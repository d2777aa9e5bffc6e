import { isObject } from '../core/json.ts';
import type {
  ClusterStatus,
  ConfigValue,
  GuestRow,
  GuestStatus,
  HaResource,
  NodeRow,
  NodeStorage,
  Pending,
  PendingItem,
  PoolRow,
  Resources,
  RunningTask,
  StorageRow,
  Volume,
} from './cluster-rows.ts';
import { objectsOf, optionalNumberOf, type Row, rowOf, rowsOf, textOf, unexpected } from './decode.ts';

/** The value under a name, where there is one. */
function some<Name extends string, Value>(name: Name, value: Value | undefined): { readonly [N in Name]?: Value } {
  // The computed key is the name, which the compiler widens to string.
  return (value === undefined ? {} : { [name]: value }) as { readonly [N in Name]?: Value };
}

/** Decodes a row of a list of guests; `node` and `type` where the row does not say. */
export function decodeGuest(row: Row, node: string, type: 'qemu' | 'lxc'): GuestRow {
  return {
    vmid: row.number('vmid'),
    node,
    type,
    ...some('name', row.optionalText('name')),
    status: row.optionalText('status') ?? 'unknown',
    tags: row.list('tags'),
    ...some('lock', row.optionalText('lock')),
    ...some('pool', row.optionalText('pool')),
    template: row.flag('template'),
    ...some('uptime', row.optionalNumber('uptime') || undefined),
    ...some('hastate', row.optionalText('hastate')),
  };
}

/** Decodes `/cluster/resources`; rows of other types, such as SDN zones, are left out. */
export function decodeResources(path: string, data: unknown): Resources {
  const guests: GuestRow[] = [];
  const nodes: NodeRow[] = [];
  const storages: StorageRow[] = [];
  for (const row of rowsOf(path, data)) {
    const type = row.text('type');
    if (type === 'qemu' || type === 'lxc') guests.push(decodeGuest(row, row.text('node'), type));
    else if (type === 'node') nodes.push(decodeNode(row));
    else if (type === 'storage') storages.push(decodeStorage(row));
  }
  return { guests, nodes, storages };
}

// A node that is off has no sizes; neither has a storage that is not active.
function decodeNode(row: Row): NodeRow {
  return {
    node: row.text('node'),
    online: row.optionalText('status') === 'online',
    maxmem: row.optionalNumber('maxmem') ?? 0,
    mem: row.optionalNumber('mem') ?? 0,
    maxcpu: row.optionalNumber('maxcpu') ?? 0,
  };
}

function decodeStorage(row: Row): StorageRow {
  return {
    storage: row.text('storage'),
    node: row.text('node'),
    shared: row.flag('shared'),
    content: row.list('content'),
    status: row.optionalText('status') ?? 'unknown',
    maxdisk: row.optionalNumber('maxdisk') ?? 0,
    disk: row.optionalNumber('disk') ?? 0,
    plugintype: row.optionalText('plugintype') ?? '',
  };
}

/** Decodes a row of `/nodes/{node}/storage`. */
export function decodeNodeStorage(row: Row): NodeStorage {
  return {
    storage: row.text('storage'),
    type: row.text('type'),
    content: row.list('content'),
    active: row.flag('active'),
    enabled: row.flag('enabled'),
    shared: row.flag('shared'),
    avail: row.optionalNumber('avail') ?? 0,
    total: row.optionalNumber('total') ?? 0,
  };
}

/** Decodes a row of a storage's content. */
export function decodeVolume(row: Row): Volume {
  return {
    volid: row.text('volid'),
    size: row.optionalNumber('size') ?? 0,
    format: row.optionalText('format') ?? '',
    ...some('vmid', row.optionalNumber('vmid')),
  };
}

/**
 * Decodes a guest's `pending`: current values, pending ones, and the digest, which Proxmox VE lists as a key among them.
 */
export function decodePending(path: string, data: unknown): Pending {
  let digest: string | undefined;
  const items = new Map<string, PendingItem>();
  // There are more of these rows than of all others together: they do without a `Row` each.
  for (const row of objectsOf(path, data)) {
    const key = textOf(path, row, 'key');
    if (key === 'digest') digest = textOf(path, row, 'value');
    else items.set(key, decodePendingItem(path, key, row));
  }
  if (digest === undefined) throw unexpected(path, 'digest is missing');
  return { digest, items };
}

function decodePendingItem(path: string, key: string, row: Readonly<Record<string, unknown>>): PendingItem {
  const configValue = (name: string): ConfigValue | undefined => {
    const value = row[name];
    if (value === undefined || value === null) return undefined;
    if (typeof value === 'string' || typeof value === 'number') return value;
    throw unexpected(path, `the ${name} of ${key} is neither text nor number`);
  };
  const value = configValue('value');
  const pending = configValue('pending');
  const removal = optionalNumberOf(path, row, 'delete') ?? 0;
  if (value !== undefined && pending === undefined && removal === 0) return { value };
  return {
    ...some('value', value),
    ...some('pending', pending),
    ...(removal === 0 ? {} : { delete: removal === 2 ? 2 : 1 }),
  };
}

/** Decodes a guest's config: the text of each key. */
export function decodeConfig(path: string, data: unknown): ReadonlyMap<string, string> {
  if (!isObject(data)) throw unexpected(path, 'it is no object');
  return new Map(Object.entries(data).map(([key, value]) => [key, String(value)]));
}

/** Decodes a guest's `status/current`. */
export function decodeGuestStatus(path: string, data: unknown): GuestStatus {
  const row = rowOf(path, data);
  const ha = row.raw('ha');
  return {
    status: row.text('status'),
    ...some('qmpstatus', row.optionalText('qmpstatus')),
    ...some('lock', row.optionalText('lock')),
    ...(isObject(ha) ? { ha: decodeHaStatus(rowOf(path, ha)) } : {}),
  };
}

function decodeHaStatus(row: Row): NonNullable<GuestStatus['ha']> {
  return { managed: row.flag('managed'), ...some('state', row.optionalText('state')) };
}

/** Decodes a row of `/cluster/ha/resources`. */
export function decodeHaResource(row: Row): HaResource {
  return {
    sid: row.text('sid'),
    ...some('state', row.optionalText('state')),
    ...some('group', row.optionalText('group')),
    ...some('comment', row.optionalText('comment')),
    ...some('max_restart', row.optionalNumber('max_restart')),
    ...some('max_relocate', row.optionalNumber('max_relocate')),
    ...(row.raw('failback') === undefined ? {} : { failback: row.flag('failback') }),
  };
}

/** Decodes `/cluster/status`. A node outside a cluster has no row of type `cluster`. */
export function decodeClusterStatus(path: string, data: unknown): ClusterStatus {
  const rows = rowsOf(path, data);
  const cluster = rows.find((row) => row.text('type') === 'cluster');
  const nodes = rows.filter((row) => row.text('type') === 'node');
  return {
    name: cluster?.text('name') ?? null,
    quorate: cluster === undefined || cluster.flag('quorate'),
    nodes: nodes.map((row) => ({ name: row.text('name'), online: row.flag('online') })),
  };
}

/** Decodes a row of a node's task list; undefined for a task that has ended, which stays in the list for a while. */
export function decodeRunningTask(row: Row): RunningTask | undefined {
  if (row.raw('endtime') !== undefined) return undefined;
  return {
    upid: row.text('upid'),
    type: row.text('type'),
    id: row.optionalText('id') ?? '',
    user: row.optionalText('user') ?? '',
    starttime: row.optionalNumber('starttime') ?? 0,
  };
}

/** Decodes a row of `/pools`. */
export function decodePool(row: Row): PoolRow {
  return { poolid: row.text('poolid'), ...some('comment', row.optionalText('comment')) };
}
