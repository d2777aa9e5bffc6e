import { isIP } from 'node:net';
import type { Address } from '../../core/address.ts';
import type { Resource } from '../../core/resource.ts';
import type { ResourceStatus } from '../../engine/status.ts';
import type { GuestAddress } from '../../kinds/kind.ts';

/** What other programs need to reach a guest. Plain JSON; what is not known, or does not apply, is null. */
export interface GuestOutput {
  readonly address: Address;
  readonly name: string;
  /** As `status` says: `running`, `stopped`, `absent`, `unknown`. */
  readonly state: string;
  readonly node: string | null;
  readonly vmid: number | null;
  /** The IP address by which it is best reached. */
  readonly host: string | null;
  readonly addresses: readonly GuestAddress[];
  /** The user of its cloud-init data. */
  readonly user: string | null;
  /** The tags of its document, in their order. */
  readonly tags: readonly string[];
}

/**
 * The IP address by which a guest is best reached: of its own network devices first, IPv4 before IPv6; null where none is
 * known. What a guest's agent says may be anything: what is no IP address is passed over.
 */
export function hostOf({ addresses }: Pick<ResourceStatus, 'addresses'>): string | null {
  // A zone after `%` means something inside the guest only, and could hold anything.
  const usable = addresses.filter(({ address }) => isIP(address) !== 0 && !address.includes('%'));
  return (usable.find(({ device }) => device !== null) ?? usable[0])?.address ?? null;
}

function userOf({ spec }: Resource): string | null {
  const cloudInit = spec['cloudInit'];
  const user = typeof cloudInit === 'object' && cloudInit !== null ? (cloudInit as { user?: unknown }).user : undefined;
  return typeof user === 'string' ? user : null;
}

/** What other programs need to reach a guest, from its document and what `status` found. */
export function guestOutput(resource: Resource, status: ResourceStatus): GuestOutput {
  const { address, state, node, vmid, addresses } = status;
  const { tags } = resource.spec;
  return {
    ...{ address, name: resource.name, state, node, vmid, host: hostOf(status), addresses, user: userOf(resource) },
    tags: Array.isArray(tags) ? tags.map(String) : [],
  };
}
