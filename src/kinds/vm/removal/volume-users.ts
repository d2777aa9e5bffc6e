import { PvevmError } from '../../../core/error.ts';
import type { ClusterView } from '../../../pve/cluster.ts';
import type { GuestRow } from '../../../pve/cluster-rows.ts';
import type { LiveState } from '../../kind.ts';
import { isUnusedKey, storageOf, volumeIn } from '../disks/volumes.ts';
import { isVolumeKey, liveState } from '../live.ts';

/** A guest whose configuration names a volume. */
export interface VolumeUser {
  readonly guest: GuestRow;
  /** The config key that names it. */
  readonly key: string;
  readonly volume: string;
  /** What else it has; whether it runs may be some ten seconds old. */
  readonly live: LiveState;
}

/** A guest that may have a volume and could not be looked at, and why. */
export interface UncheckedGuest {
  readonly guest: GuestRow;
  readonly why: string;
}

/** Which other guests have volumes, as far as that can be seen. */
export interface VolumeUsers {
  readonly users: readonly VolumeUser[];
  readonly unchecked: readonly UncheckedGuest[];
}

// Fewer than the client has connections: what else is asked for meanwhile gets its turn.
const PARALLELISM = 16;
const CONTAINER_VOLUME = /^(?:rootfs|mp\d+|unused\d+)$/;

/** What a guest has, and what waits for a restart; of a container what its config says. */
async function liveOf({ node, vmid, type, status }: GuestRow, cluster: ClusterView): Promise<LiveState> {
  const running = status === 'running';
  if (type === 'qemu') return liveState(await cluster.pending(node, vmid), running, new Map());
  const { rows } = await cluster.texts('/nodes/{node}/lxc/{vmid}/config', { node, vmid });
  const texts = Object.entries(rows[0] ?? {}).map(([key, text]) => [key, text.replace(/^volume=/, '')] as const);
  const current = new Map(texts);
  return { current, pending: current, running, hotplug: new Set() };
}

function volumeOf(key: string, text: string | undefined, type: GuestRow['type']): string | undefined {
  const isVolume = type === 'lxc' ? CONTAINER_VOLUME.test(key) : isVolumeKey(key) || isUnusedKey(key);
  return isVolume ? volumeIn(key, text) : undefined;
}

/** The config keys of a guest that name each volume, now or after its next start. */
function keysByVolume({ current, pending }: LiveState, type: GuestRow['type']): ReadonlyMap<string, readonly string[]> {
  const keys = new Map<string, readonly string[]>();
  for (const key of new Set([...current.keys(), ...pending.keys()]))
    for (const texts of [current, pending]) {
      const volume = volumeOf(key, texts.get(key), type);
      if (volume !== undefined) keys.set(volume, [...new Set([...(keys.get(volume) ?? []), key])]);
    }
  return keys;
}

/** The nodes on which the volumes of a storage can be had; undefined where the token does not see that. */
async function nodesWith(storage: string, node: string, cluster: ClusterView): Promise<readonly string[] | undefined> {
  const rows = (await cluster.resources()).storages.filter((row) => row.storage === storage);
  if (rows.length === 0) return undefined;
  return rows.some(({ shared }) => shared) ? rows.map((row) => row.node) : [node];
}

/** Whether a failure of one read leaves the others as they are: what is wrong with that guest or its node. */
function isOfOne(error: unknown): error is PvevmError {
  return error instanceof PvevmError && !['AUTHENTICATION', 'TLS', 'INTERRUPTED'].includes(error.code);
}

function whyUnread({ node, vmid }: GuestRow, error: PvevmError): string {
  return error.code === 'PERMISSION' ? `that needs VM.Audit on /vms/${vmid}` : `${node}: ${error.message}`;
}

/**
 * Finds the guests other than their owner whose configurations name volumes, whoever has written that: Proxmox VE lets a
 * guest have another one's volume, and frees it with its owner all the same (qemu-server: PVE/QemuServer.pm,
 * destroy_vm). Reads the configuration of every guest on a node that reaches the volumes' storages, which for local ones
 * is `node` alone. Snapshots of others are not looked at. What cannot be read is in `unchecked`.
 */
export async function volumeUsers(
  volumes: readonly string[],
  { node, vmid }: { readonly node: string; readonly vmid: number },
  cluster: ClusterView,
): Promise<VolumeUsers> {
  const wanted = new Set(volumes);
  const { guests, nodes } = await cluster.resources();
  const reaching = new Set<string>();
  for (const storage of new Set(volumes.flatMap((volume) => storageOf(volume) ?? [])))
    for (const other of (await nodesWith(storage, node, cluster)) ?? nodes.map((row) => row.node)) reaching.add(other);
  const offline = new Set(nodes.filter(({ online }) => !online).map((row) => row.node));
  const candidates = guests
    .filter((guest) => guest.vmid !== vmid && reaching.has(guest.node))
    .sort((left, right) => left.vmid - right.vmid);
  const users: VolumeUser[] = [];
  const unchecked: UncheckedGuest[] = [];
  const look = async (guest: GuestRow): Promise<void> => {
    if (offline.has(guest.node)) {
      unchecked.push({ guest, why: `${guest.node} is offline` });
      return;
    }
    try {
      const live = await liveOf(guest, cluster);
      for (const [volume, keys] of keysByVolume(live, guest.type))
        if (wanted.has(volume)) users.push(...keys.map((key) => ({ guest, key, volume, live })));
    } catch (error) {
      if (!isOfOne(error)) throw error;
      unchecked.push({ guest, why: whyUnread(guest, error) });
    }
  };
  for (let at = 0; at < candidates.length; at += PARALLELISM) {
    const batch = candidates.slice(at, at + PARALLELISM);
    // Side by side; a failure shows where the answer is asked for.
    for (const guest of batch) if (!offline.has(guest.node)) liveOf(guest, cluster).catch(() => undefined);
    for (const guest of batch) await look(guest);
  }
  return { users, unchecked };
}
