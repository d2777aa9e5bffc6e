import type { Address } from '../../../core/address.ts';
import type { Diagnostic } from '../../../core/diagnostic.ts';
import type { Change } from '../../../core/plan.ts';
import type { Resource } from '../../../core/resource.ts';
import type { GuestRow } from '../../../pve/cluster-rows.ts';
import type { PlanContext } from '../../kind.ts';
import { told } from '../../told.ts';
import { ownerOf } from '../disks/volumes.ts';
import type { FoundGuest, Located } from '../identity/found.ts';
import { type VolumeUser, volumeUsers } from './volume-users.ts';

/** A volume that a plan frees, under the config key by which its owner has it. */
export interface FreedVolume {
  readonly key: string;
  readonly volume: string;
  /** Of its change in the document, as in `disks.scsi1`; absent where the whole guest goes. */
  readonly path?: string;
}

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

function inUse(
  resource: Resource,
  vmid: number,
  { key, volume, path }: FreedVolume,
  { guest, key: place }: VolumeUser,
  how: string,
): Diagnostic {
  const isContainer = guest.type === 'lxc';
  const part = `${isContainer ? 'pct' : 'qm'} set ${guest.vmid} --delete ${place}`;
  const hand = isContainer
    ? ''
    : `; to give it to guest ${guest.vmid} then: qm disk move ${vmid} ${key} --target-vmid ${guest.vmid} --target-disk ${/^unused/.test(place) ? 'DISK' : place}`;
  const detail = `${volume} is ${key} of guest ${vmid}, and ${how}; but guest ${nameOf(guest)} has it as ${place}, and what is on it would be lost for both. Part them first: ${part}${hand}.`;
  const summary = 'a volume is in use by another guest';
  if (path !== undefined) return told(resource, path, 'error', 'IMPOSSIBLE', summary, detail);
  const { range, address } = resource;
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
 * the guests that could not be looked at. `how` says what frees it; `removed` are the guests that go by the same run.
 */
export async function freedVolumes(
  resource: Resource,
  owner: { readonly node: string; readonly vmid: number },
  volumes: readonly FreedVolume[],
  how: string,
  context: PlanContext,
  removed: ReadonlyMap<number, Address> = new Map(),
): Promise<FreedVolumes> {
  if (volumes.length === 0) return { errors: [], notes: [], removed: [] };
  const names = volumes.map(({ volume }) => volume);
  const { users, unchecked } = await volumeUsers(names, owner, context.cluster);
  const kept = users.filter(({ guest }) => !removed.has(guest.vmid));
  const errors = volumes.flatMap((freed) => {
    const user = kept.find(({ volume }) => volume === freed.volume);
    return user === undefined ? [] : [inUse(resource, owner.vmid, freed, user, how)];
  });
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
  return await freedVolumes(resource, guest, volumes, 'would be destroyed with it', context, removed);
}
