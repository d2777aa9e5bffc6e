import type { Address } from '../../../core/address.ts';
import type { Diagnostic } from '../../../core/diagnostic.ts';
import type { Change } from '../../../core/plan.ts';
import type { Resource } from '../../../core/resource.ts';
import type { ClusterView } from '../../../pve/cluster.ts';
import type { GuestRow } from '../../../pve/cluster-rows.ts';
import { unlessRefused } from '../../../pve/refused.ts';
import type { PlanContext } from '../../kind.ts';
import { told } from '../../told.ts';
import { snapshotsByVolume } from '../disks/snapshot-users.ts';
import { ownerOf } from '../disks/volumes.ts';
import { guestOf } from '../identity/by-vmid.ts';
import type { FoundGuest, Located } from '../identity/found.ts';
import { givingCommands, type Holder, type Owner, partingCommands, placesText } from './part-volume.ts';
import { type VolumeUser, volumeUsers } from './volume-users.ts';

/** A volume that a plan frees, under the config key by which its owner has it. */
export interface FreedVolume {
  readonly key: string;
  readonly volume: string;
  /** Of its change in the document, as in `disks.scsi1`; absent where the whole guest goes. */
  readonly path?: string;
}

/** What frees a volume: the removal of its guest, a move to another storage, or `unused: destroy`. */
export type Freeing = 'removal' | 'move' | 'unused';

/** What stands in the way of freeing volumes, what could not be looked at, and which guests have to be gone before. */
export interface FreedVolumes {
  readonly errors: readonly Diagnostic[];
  readonly notes: readonly Diagnostic[];
  /** The guests that have them and are removed by the same run. */
  readonly removed: readonly Address[];
}

const SHOWN = 5;

function nameOf({ vmid, name, node }: GuestRow): string {
  return `${vmid}${name === undefined ? '' : ` (${name})`} on ${node}`;
}

const HOW: Readonly<Record<Freeing, string>> = {
  removal: 'would be destroyed with it',
  move: 'a move removes its source',
  unused: 'would be destroyed (unused: destroy)',
};

const listed = (words: readonly string[]): string =>
  words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;

/** Who would be without what is on a volume: where it is moved, its owner has the copy. */
function losers(freeing: Freeing, holders: readonly Holder[]): string {
  if (freeing !== 'move') return holders.length === 1 ? 'both' : 'all of them';
  return `guest${holders.length === 1 ? '' : 's'} ${listed(holders.map(({ guest }) => String(guest.vmid)))}`;
}

/** The guests that have a volume, each once, as they are now. */
async function holdersOf(
  volume: string,
  users: readonly VolumeUser[],
  cluster: ClusterView,
): Promise<readonly Holder[]> {
  const mine = users.filter((user) => user.volume === volume);
  const holders: Holder[] = [];
  for (const guest of new Set(mine.map((user) => user.guest))) {
    const own = mine.filter((user) => user.guest === guest);
    const { live } = own[0] as VolumeUser;
    const running = guest.type === 'qemu' ? await isRunning(guest, cluster) : live.running;
    holders.push({ guest, keys: own.map(({ key }) => key).sort(), live: { ...live, running } });
  }
  return holders;
}

async function isRunning({ node, vmid }: { node: string; vmid: number }, cluster: ClusterView): Promise<boolean> {
  return guestOf(vmid, await cluster.guestsOn(node))?.status === 'running';
}

async function ownerWith(
  { key, volume }: FreedVolume,
  { node, vmid }: { readonly node: string; readonly vmid: number },
  cluster: ClusterView,
): Promise<Owner> {
  const snapshots = (await unlessRefused(snapshotsByVolume(node, vmid, cluster), new Map())).get(volume) ?? [];
  const row = guestOf(vmid, await cluster.guestsOn(node));
  return { node, vmid, key, running: row?.status === 'running', template: row?.template === true, snapshots };
}

/** Why a volume must not be freed, with the commands that part the guests that have it: each can be run as it stands. */
async function inUse(
  resource: Resource,
  owner: { readonly node: string; readonly vmid: number },
  freed: FreedVolume,
  holders: readonly Holder[],
  freeing: Freeing,
  cluster: ClusterView,
): Promise<Diagnostic> {
  const { key, volume, path } = freed;
  const { range, address } = resource;
  const having = holders.map((holder) => `guest ${nameOf(holder.guest)} has it as ${placesText(holder, volume)}`);
  const lines = [
    `${volume} is ${key} of guest ${owner.vmid} (${address}) on ${owner.node}, and ${HOW[freeing]}; but ${having.join(', and ')}, and what is on it would be lost for ${losers(freeing, holders)}. Part them first:`,
    ...holders.flatMap((holder) => partingCommands(holder, volume)).map((command) => `  ${command}`),
  ];
  const whole = freeing === 'move' ? undefined : await ownerWith(freed, owner, cluster);
  const nearFirst = [...holders].sort(
    (left, right) => Number(right.guest.node === owner.node) - Number(left.guest.node === owner.node),
  );
  for (const holder of whole === undefined ? [] : nearFirst) {
    const given = givingCommands(whole as Owner, holder);
    if (given.length === 0) continue;
    lines.push(`To give it to guest ${holder.guest.vmid} instead, go on with:`, ...given.map((line) => `  ${line}`));
    break;
  }
  const summary = 'a volume is in use by another guest';
  const detail = lines.join('\n');
  if (path !== undefined) return told(resource, path, 'error', 'IMPOSSIBLE', summary, detail);
  return { severity: 'error', code: 'IMPOSSIBLE', summary, detail, range, address };
}

/** A note about what could not be looked at; none where everything was. */
async function notChecked(
  resource: Resource,
  unchecked: readonly { readonly guest: GuestRow; readonly why: string }[],
  { cluster, user }: PlanContext,
): Promise<readonly Diagnostic[]> {
  const named = unchecked.slice(0, SHOWN).map(({ guest, why }) => `guest ${nameOf(guest)} (${why})`);
  const more = unchecked.length > SHOWN ? [`${unchecked.length - SHOWN} more`] : [];
  // /cluster/resources leaves out what a token may not audit (pve-manager: PVE/API2/Cluster.pm, resources).
  const isBlind = !(await cluster.holdsItself('/vms', 'VM.Audit'));
  const hidden = isBlind ? [`guests that ${user} may not see (that needs VM.Audit on /vms)`] : [];
  const all = [...named, ...more, ...hidden];
  if (all.length === 0) return [];
  return [
    {
      severity: 'note',
      code: 'PERMISSION',
      summary: 'not every guest is checked',
      detail: `Whether another guest has a volume that would be destroyed is not checked for ${all.join('; ')}.`,
      range: resource.range,
      address: resource.address,
    },
  ];
}

/**
 * An error for each volume that a plan frees while another guest has it, whoever has attached it there, and a note about
 * the guests that could not be looked at. `freeing` is what frees it; `removed` are the guests that go by the same run.
 */
export async function freedVolumes(
  resource: Resource,
  owner: { readonly node: string; readonly vmid: number },
  volumes: readonly FreedVolume[],
  freeing: Freeing,
  context: PlanContext,
  removed: ReadonlyMap<number, Address> = new Map(),
): Promise<FreedVolumes> {
  if (volumes.length === 0) return { errors: [], notes: [], removed: [] };
  const names = volumes.map(({ volume }) => volume);
  const { users, unchecked } = await volumeUsers(names, owner, context.cluster);
  const kept = users.filter(({ guest }) => !removed.has(guest.vmid));
  const errors: Diagnostic[] = [];
  for (const freed of volumes) {
    const holders = await holdersOf(freed.volume, kept, context.cluster);
    if (holders.length > 0) errors.push(await inUse(resource, owner, freed, holders, freeing, context.cluster));
  }
  return {
    errors,
    notes: await notChecked(resource, unchecked, context),
    removed: [...new Set(users.flatMap(({ guest }) => removed.get(guest.vmid) ?? []))],
  };
}

/**
 * The same for all that goes with a guest. A guest that goes by the same run goes first; but of two that have volumes of
 * each other none can be the first, and both are told of.
 */
export async function usedElsewhere(
  resource: Resource,
  guest: FoundGuest,
  lost: readonly Change[],
  located: ReadonlyMap<Address, Located>,
  context: PlanContext,
): Promise<FreedVolumes> {
  const texts = [...guest.config.items.values()].flatMap(({ value, pending }) => [String(value), String(pending)]);
  const owners = new Set(texts.map((text) => ownerOf(text.split(',')[0] as string)));
  const removed = new Map(
    [...located].flatMap(([address, found]) =>
      found.type === 'found' && !owners.has(found.vmid) ? [[found.vmid, address] as const] : [],
    ),
  );
  const volumes = lost.map(({ key, before }) => ({ key, volume: String(before).split(', ')[0] as string }));
  return await freedVolumes(resource, guest, volumes, 'removal', context, removed);
}
