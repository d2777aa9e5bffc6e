import { type ApiError, failure } from '../api-error.ts';
import { splitList } from '../check-value.ts';
import type { HouseCall } from '../house.ts';

/**
 * `PUT /pools` and `PUT /pools/{poolid}`: adds or removes members, all or none of them (pve-manager:
 * PVE/API2/Pool.pm, update_pool). A guest that does not exist may be a member.
 */
export function updatePool(call: HouseCall): null {
  const { host, params } = call;
  const id = String(params['poolid']);
  const pool = host.access.pools.get(id);
  if (pool === undefined) throw refusal(`pool '${id}' does not exist`);
  const isRemoval = params['delete'] === 1;
  const vms = new Set(pool.vms);
  const storages = new Set(pool.storages);
  const moved: (() => void)[] = [];
  for (const text of splitList(String(params['vms'] ?? ''))) {
    const vmid = Number(text);
    call.require(`/vms/${vmid}`, ['VM.Allocate']);
    if (isRemoval) {
      if (!vms.delete(vmid)) throw refusal(`VM ${vmid} is not a pool member`);
      continue;
    }
    if (vms.has(vmid)) throw refusal(`VM ${vmid} is already a pool member`);
    const other = [...host.access.pools].find(([otherId, { vms: members }]) => otherId !== id && members.has(vmid));
    if (other !== undefined) {
      const [otherId, otherPool] = other;
      if (params['allow-move'] !== 1) {
        throw refusal(`VM ${vmid} belongs already to pool '${otherId}' and 'allow-move' is not set`);
      }
      call.require(`/pool/${otherId}`, ['Pool.Allocate']);
      moved.push(() => otherPool.vms.delete(vmid));
    }
    vms.add(vmid);
  }
  for (const storage of splitList(String(params['storage'] ?? ''))) {
    call.require(`/storage/${storage}`, ['Datastore.Allocate']);
    if (isRemoval && !storages.delete(storage)) throw refusal(`Storage '${storage}' is not a pool member`);
    if (isRemoval) continue;
    if (storages.has(storage)) throw refusal(`Storage '${storage}' is already a pool member`);
    storages.add(storage);
  }
  for (const move of moved) move();
  const comment = params['comment'] === undefined ? pool.comment : String(params['comment']);
  host.access.pools.set(id, { comment, vms, storages });
  host.save();
  return null;
}

function refusal(message: string): ApiError {
  return failure(`update pools failed: ${message}`);
}
