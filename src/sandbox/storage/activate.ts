import { failure } from '../api-error.ts';
import type { NodeState, StorageDefinition } from '../host.ts';
import type { SandboxState } from '../house.ts';

/** The sandbox's nodes are in 192.0.2.0/24, which nobody else is: a server with such an address is not there. */
const OWN_NETWORK = /^192\.0\.2\./;

/** Whether a storage's section names a node, or names none. */
export function isForNode(storage: StorageDefinition, node: string): boolean {
  return storage.nodes === undefined || storage.nodes.includes(node);
}

/** Whether a storage can be used on a node: not disabled, of some content, and what it stands on is there. */
export function isActive(host: SandboxState, storage: StorageDefinition, node: string): boolean {
  if (storage.options['disable'] === '1' || storage.content.join() === 'none') return false;
  const state = host.nodes.get(node);
  if (!host.volumes.isActive(storage.id, node)) return false;
  return state?.online === true && reasonOfAbsence(state, storage) === undefined;
}

/**
 * Throws where a new storage is for this node and cannot be used there, as `activate_storage` of its type does
 * (pve-storage: PVE/Storage.pm).
 */
export function activate(node: NodeState, storage: StorageDefinition): void {
  if (storage.options['disable'] === '1' || !isForNode(storage, node.name)) return;
  const reason = reasonOfAbsence(node, storage);
  if (reason !== undefined) throw failure(`create storage failed: ${reason}`);
}

function reasonOfAbsence(node: NodeState, { id, type, options }: StorageDefinition): string | undefined {
  const server = options['server'] ?? options['portal'];
  if (server !== undefined && OWN_NETWORK.test(server)) return `storage '${id}' is not online`;
  const pools = node.pools ?? [];
  const group = options['vgname'];
  if (group !== undefined && !pools.includes(group)) return `no such volume group '${group}'`;
  const pool = type === 'zfspool' ? (options['pool'] ?? '').split('/')[0] : undefined;
  if (pool === undefined || pools.includes(pool)) return undefined;
  return `could not activate storage '${id}', zfs error: cannot import '${pool}': no such pool available\n`;
}
