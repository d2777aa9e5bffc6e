import type { Diagnostic } from '../../../core/diagnostic.ts';
import type { Change } from '../../../core/plan.ts';
import { originOf, type Resource } from '../../../core/resource.ts';
import { unlessRefused } from '../../../pve/refused.ts';
import type { LiveState, Observation, PlanContext } from '../../kind.ts';
import { isVolumeKey } from '../live.ts';
import { missingStorage } from '../preflight/missing.ts';
import { whyHidden } from './hidden-volume.ts';
import { changeProblem } from './problem.ts';
import { attachedVolume } from './volume-change.ts';
import { deviceName, isUnusedKey, ownerOf, storageOf, unusedVolumes, volumeIn } from './volumes.ts';

interface Attachment {
  readonly key: string;
  readonly volume: string;
  /** With the path of the volume, which may be a part of a device that is new. */
  readonly change: Change;
  readonly isNew: boolean;
}

/** The volumes that a plan attaches; those that only withdraw their removal are there already. */
function attachmentsIn({ desired }: Observation, changes: readonly Change[]): readonly Attachment[] {
  return changes.flatMap((change) => {
    const { key, path, after, state, withdraws } = change;
    const isNew = path === `disks.${key}` && after !== null;
    if (state !== 'change' || withdraws === true || !(isNew || path === `disks.${key}.volume`)) return [];
    const volume = attachedVolume(key, desired);
    return volume === undefined ? [] : [{ key, volume, change: { ...change, path: `disks.${key}.volume` }, isNew }];
  });
}

/** The volumes that could be meant: those the guest no longer uses first, then others of its own on the storage. */
function candidatesFor(
  storage: string,
  volumes: readonly string[],
  live: LiveState | undefined,
  vmid: number,
): readonly string[] {
  const unused = live === undefined ? [] : [...unusedVolumes(live).values()];
  const used = new Set([...(live?.pending ?? [])].map(([key, text]) => (isVolumeKey(key) ? volumeIn(key, text) : '')));
  const others = volumes.filter((volume) => ownerOf(volume) === vmid && !used.has(volume) && !unused.includes(volume));
  const onStorage = unused.filter((volume) => storageOf(volume) === storage);
  return [...onStorage, ...unused.filter((volume) => !onStorage.includes(volume)), ...others.sort()];
}

/** A volume that another slot of the guest holds, and keeps while it runs. */
function heldBySelf(
  resource: Resource,
  { key, volume, change }: Attachment,
  changes: readonly Change[],
  { live, vmid }: Observation,
): Diagnostic | undefined {
  const holds = (texts: ReadonlyMap<string, string> | undefined, slot: string): boolean =>
    volumeIn(slot, texts?.get(slot)) === volume;
  const slots = new Set([...(live?.current.keys() ?? []), ...(live?.pending.keys() ?? [])]);
  const holder = [...slots].find(
    (slot) => slot !== key && isVolumeKey(slot) && (holds(live?.current, slot) || holds(live?.pending, slot)),
  );
  if (holder === undefined) return undefined;
  const removal = changes.find(
    (other) => other.key === holder && other.after === null && /^[^.]+\.[^.]+$/.test(other.path),
  );
  if (removal === undefined)
    return changeProblem(
      resource,
      change,
      'the volume is in use',
      `${volume} is ${deviceName(holder)} of guest ${vmid} itself. Write ${holder}: null beside it to bring it to ${key}, or take another volume.`,
    );
  if (removal.effect !== 'restart' || !live?.current.has(holder)) return undefined;
  return changeProblem(
    resource,
    change,
    'the volume is in use until the next start',
    `${volume} is ${deviceName(holder)} of guest ${vmid}, which keeps it until its next full start. Shut the guest down, and apply again.`,
  );
}

/** A volume that is another guest's by its name: who holds it, as far as that can be seen, and what may attach it. */
async function ofAnotherGuest(
  resource: Resource,
  { key, volume, change }: Attachment,
  { vmid }: Observation,
  { cluster, user }: PlanContext,
): Promise<readonly Diagnostic[]> {
  const owner = ownerOf(volume);
  if (owner === vmid) return [];
  const found: Diagnostic[] = [];
  const path = `/storage/${storageOf(volume)}`;
  // qemu-server: PVE/API2/Qemu.pm, check_storage_access (pve-storage: PVE/Storage.pm, check_volume_access).
  if (!(await cluster.holds(path, 'Datastore.Allocate'))) {
    const detail = `${volume} is no volume of guest ${vmid} by its name, so that attaching it needs Datastore.Allocate on ${path}, which ${user} does not hold. Give it a role with that privilege, or hand the disk over first: qm disk move.`;
    found.push(changeProblem(resource, change, 'a privilege is missing', detail, 'PERMISSION'));
  }
  const guest = (await cluster.resources()).guests.find((row) => row.vmid === owner);
  if (guest === undefined) return found;
  const config =
    guest.type === 'qemu' ? await unlessRefused(cluster.pending(guest.node, guest.vmid), undefined) : undefined;
  const slot = [...(config?.items ?? [])].find(
    ([name, { value, pending }]) =>
      (isVolumeKey(name) || isUnusedKey(name)) &&
      [value, pending].some((text) => text !== undefined && volumeIn(name, String(text)) === volume),
  )?.[0];
  if (slot !== undefined || guest.type === 'lxc') {
    const where = slot === undefined ? '' : ` (${slot})`;
    const detail = `${volume} belongs to guest ${guest.vmid}${where}. Two guests on one volume destroy what is on it, and it would go with that guest. Hand it over first: qm disk move ${guest.vmid} ${slot ?? 'DISK'} --target-vmid ${vmid} --target-disk ${key}.`;
    return [...found, changeProblem(resource, change, 'the volume is in use by another guest', detail)];
  }
  const detail = `${volume} carries the id of guest ${guest.vmid}, and is removed with that guest. Hand it over with qm disk move, or be sure that guest ${guest.vmid} stays.`;
  return [
    ...found,
    changeProblem(resource, change, 'the volume carries another guest’s id', detail, 'IDENTITY', 'warning'),
  ];
}

async function problemsOf(
  resource: Resource,
  attachment: Attachment,
  changes: readonly Change[],
  observation: Observation,
  context: PlanContext,
): Promise<readonly Diagnostic[]> {
  const { volume, change, isNew } = attachment;
  const { node, live, vmid } = observation;
  const storage = storageOf(volume);
  if (storage === undefined) {
    if (context.user === 'root@pam') return [];
    const detail = `Proxmox VE lets nobody but root@pam, and no API token, attach ${volume}, a disk of the host. Log in as root@pam, or attach it with qm set on the node and leave it unmanaged.`;
    return [changeProblem(resource, change, 'only root@pam itself may set this', detail, 'PERMISSION')];
  }
  const wish = {
    storage,
    content: 'images',
    path: change.path,
    origin: originOf(resource, `/disks/${attachment.key}/volume`),
  } as const;
  const absent = await missingStorage(resource, wish, node, context.cluster);
  // That of a new disk is told with the other storages that new disks need.
  if (absent !== undefined) return isNew ? [] : [absent];
  const held = heldBySelf(resource, attachment, changes, observation);
  if (held !== undefined) return [held];
  const listed = await unlessRefused(context.cluster.content(node, storage, 'images'), undefined);
  const foreign = await ofAnotherGuest(resource, attachment, observation, context);
  if (listed === undefined) {
    const detail = `Whether ${volume} exists is not checked: that needs Datastore.Audit on /storage/${storage}.`;
    return [...foreign, changeProblem(resource, change, 'the volume is not checked', detail, 'PERMISSION', 'note')];
  }
  const volumes = listed.map((row) => row.volid);
  if (volumes.includes(volume)) return foreign;
  const hidden = await whyHidden(volume, context);
  if (hidden !== undefined)
    return [...foreign, changeProblem(resource, change, 'the volume is not checked', hidden, 'PERMISSION', 'note')];
  const candidates = candidatesFor(storage, volumes, live, vmid);
  const offers =
    candidates.length === 0
      ? `Guest ${vmid} has no volume to attach.`
      : `Guest ${vmid} could attach: ${candidates.join(', ')}.`;
  const detail = `${change.path} is ${volume} (${change.origin}), which does not exist on ${node}, or which ${context.user} may not see. ${offers}`;
  return [changeProblem(resource, change, 'the volume does not exist', detail, 'MISSING')];
}

/** What stands in the way of attaching volumes: they do not exist, or somebody has them. */
export async function attachmentProblems(
  resource: Resource,
  observation: Observation,
  changes: readonly Change[],
  context: PlanContext,
): Promise<readonly Diagnostic[]> {
  const found: Diagnostic[] = [];
  for (const attachment of attachmentsIn(observation, changes))
    found.push(...(await problemsOf(resource, attachment, changes, observation, context)));
  return found;
}
