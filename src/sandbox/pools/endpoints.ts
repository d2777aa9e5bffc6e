import type { Json, JsonObject } from '../../core/json.ts';
import { failure } from '../api-error.ts';
import { behaviourOf } from '../behaviour.ts';
import { memberRow } from '../cluster/guest-row.ts';
import { storageRow } from '../cluster/resources.ts';
import type { AccessState, NodeState } from '../host.ts';
import type { HouseCall, HouseEndpoint } from '../house.ts';
import { updatePool } from './update-pool.ts';

type Pool = AccessState['pools'] extends Map<string, infer Value> ? Value : never;

/** The calls below `/pools` (pve-manager: PVE/API2/Pool.pm). */
export const poolEndpoints: readonly HouseEndpoint[] = [
  { method: 'GET', path: '/pools', handle: list },
  { method: 'POST', path: '/pools', handle: create },
  { method: 'GET', path: '/pools/{poolid}', handle: read },
  { method: 'PUT', path: '/pools', handle: updatePool },
  { method: 'PUT', path: '/pools/{poolid}', handle: updatePool },
  { method: 'DELETE', path: '/pools', handle: remove },
  { method: 'DELETE', path: '/pools/{poolid}', handle: remove },
];

function list(call: HouseCall): Json {
  const { access } = call.host;
  const { poolid } = call.params;
  if (poolid !== undefined) {
    const id = String(poolid);
    call.require(`/pool/${id}`, ['Pool.Audit']);
    return [{ poolid: id, ...members(call, id) }];
  }
  return [...access.pools]
    .filter(([id]) => access.privileges(call.user, `/pool/${id}`).has('Pool.Audit'))
    .map(([id, pool]) => ({ poolid: id, ...commentOf(pool) }))
    .sort((left, right) => (left.poolid < right.poolid ? -1 : 1));
}

function read(call: HouseCall): Json {
  const id = String(call.params['poolid']);
  return { poolid: id, ...members(call, id) };
}

function commentOf(pool: Pool): JsonObject {
  return pool.comment === '' ? {} : { comment: pool.comment };
}

function members(call: HouseCall, id: string): JsonObject {
  const { host, params } = call;
  const pool = host.access.pools.get(id);
  if (pool === undefined) throw failure(`pool '${id}' does not exist`);
  const { type } = params;
  const guests = [...pool.vms]
    .sort((left, right) => left - right)
    .flatMap((vmid) => host.guests.get(vmid) ?? [])
    .map((entry) => memberRow(host, entry));
  const nodes: readonly NodeState[] = [...host.nodes.values()];
  const storages = host.storages
    .filter((storage) => pool.storages.has(storage.id))
    // A storage is a member once, as seen from the first node that has it.
    .flatMap((storage) => {
      const node = nodes.find(({ name }) => storage.nodes === undefined || storage.nodes.includes(name));
      return node === undefined ? [] : [storageRow(call, node, storage)];
    });
  return {
    ...commentOf(pool),
    members: [
      ...(type === undefined || type === 'qemu' ? guests : []),
      ...(type === undefined || type === 'storage' ? storages : []),
    ],
  };
}

function create({ host, params }: HouseCall): null {
  const id = String(params['poolid']);
  const parent = id.includes('/') ? id.slice(0, id.lastIndexOf('/')) : undefined;
  const { pools } = host.access;
  if (pools.has(id)) throw failure(`create pool failed: pool '${id}' already exists`);
  if (behaviourOf(host).poolNamesStartWithLetter && !/^[A-Za-z]/.test(id))
    throw failure('create pool failed: pool name must start with a letter');
  if (parent !== undefined && !pools.has(parent)) {
    throw failure(`create pool failed: parent '${parent}' of pool '${id}' does not exist`);
  }
  pools.set(id, { comment: String(params['comment'] ?? ''), vms: new Set(), storages: new Set() });
  host.save();
  return null;
}

function remove(call: HouseCall): null {
  const { host, params } = call;
  const id = String(params['poolid']);
  const { pools } = host.access;
  const pool = pools.get(id);
  const refuse = (what: string): never => {
    throw failure(`delete pool failed: pool '${id}' ${what}`);
  };
  if (pool === undefined) return refuse('does not exist');
  // Members that do not exist do not count.
  const vmid = [...pool.vms].find((member) => host.guests.get(member) !== undefined);
  const storage = [...pool.storages].find((member) => host.storages.some(({ id: known }) => known === member));
  const child = [...pools.keys()].find((other) => other.startsWith(`${id}/`));
  if (child !== undefined) refuse(`is not empty (contains pool '${child}')`);
  if (vmid !== undefined) refuse(`is not empty (contains VM ${vmid})`);
  if (storage !== undefined) refuse(`is not empty (contains storage '${storage}')`);
  pools.delete(id);
  host.access.acl.splice(0, host.access.acl.length, ...host.access.acl.filter(({ path }) => path !== `/pool/${id}`));
  host.save();
  return null;
}
