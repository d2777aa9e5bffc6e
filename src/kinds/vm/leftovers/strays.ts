import type { Diagnostic } from '../../../core/diagnostic.ts';
import type { Resource } from '../../../core/resource.ts';
import { unlessRefused } from '../../../pve/refused.ts';
import type { Observation, PlanContext } from '../../kind.ts';
import { ownerOf, storageOf, volumeIn } from '../disks/volumes.ts';
import type { FoundGuest } from '../identity/found.ts';
import { isVolumeKey } from '../live.ts';
import { wantedDisks, wantedFirmware } from '../wants.ts';

/** The volumes on storages that a guest owns by their names; what the token may not list is left out. */
async function ownedVolumes(
  vmid: number,
  node: string,
  storages: ReadonlySet<string>,
  { cluster }: PlanContext,
): Promise<readonly string[]> {
  const found: string[] = [];
  for (const storage of [...storages].sort()) {
    const isUsable = (await cluster.storagesOf(node)).some(
      (row) => row.storage === storage && row.active && row.content.includes('images'),
    );
    if (!isUsable) continue;
    const listed = await unlessRefused(cluster.content(node, storage, 'images'), []);
    found.push(...listed.map(({ volid }) => volid).filter((volid) => ownerOf(volid) === vmid));
  }
  return found.sort();
}

function freeing(volumes: readonly string[]): string {
  return volumes.map((volume) => `pvesm free ${volume}`).join('; ');
}

function note(resource: Resource, summary: string, detail: string): Diagnostic {
  return { severity: 'note', code: 'STUB', summary, detail, range: resource.range, address: resource.address };
}

/**
 * A note about volumes that have the id of a guest that is yet to be made: what a create, a clone or a removal that was
 * cut off has left. The new guest does not get them, for Proxmox VE gives its volumes names that are free (pve-storage:
 * PVE/Storage/Plugin.pm, find_free_diskname); but it would take them for the guest's own when it scans for unused ones.
 */
export async function straysOfNew(
  resource: Resource,
  { live, madeBy, vmid, node, desired }: Observation,
  context: PlanContext,
): Promise<readonly Diagnostic[]> {
  if (live !== undefined && madeBy === undefined) return [];
  const written = [...wantedDisks(resource), ...wantedFirmware(resource)].map(({ storage }) => storage);
  const copied = [...(live?.current ?? [])].flatMap(([key, text]) =>
    isVolumeKey(key) ? (storageOf(volumeIn(key, text) ?? '') ?? []) : [],
  );
  const volumes = await ownedVolumes(vmid, node, new Set([...written, ...copied]), context);
  // A document may attach one of them by its name.
  const strays = volumes.filter((volid) => !desired.some(({ value }) => value === volid));
  // A guest has its configuration before its volumes: one that is made meanwhile is there by now, and they are its own
  // (qemu-server: PVE/API2/Qemu.pm, create_vm).
  if (strays.length === 0 || (await context.cluster.isTakenNow(vmid))) return [];
  const detail = `${strays.join(', ')} ${strays.length === 1 ? 'belongs' : 'belong'} by name to guest ${vmid}, which is not there. The new guest gets volumes of its own beside ${strays.length === 1 ? 'it' : 'them'}. Where nobody needs ${strays.length === 1 ? 'it' : 'them'}: ${freeing(strays)}`;
  return [note(resource, 'volumes of an earlier guest of that id are there', detail)];
}

/** A note about volumes that a guest owns by name, on the storages of its others, and that its removal leaves: no configuration names them. */
export async function straysOfRemoved(
  resource: Resource,
  { vmid, node, config }: FoundGuest,
  context: PlanContext,
): Promise<readonly Diagnostic[]> {
  const { cluster } = context;
  const texts = [...config.items.values()].flatMap(({ value, pending }) => [value, pending]).map(String);
  for (const name of await unlessRefused(cluster.snapshots(node, vmid), []))
    texts.push(...(await unlessRefused(cluster.snapshotConfig(node, vmid, name), new Map<string, string>())).values());
  const named = texts.map((text) => text.split(',')[0] as string);
  const storages = new Set(named.filter((file) => ownerOf(file) === vmid).flatMap((file) => storageOf(file) ?? []));
  const strays = (await ownedVolumes(vmid, node, storages, context)).filter((volid) => !named.includes(volid));
  if (strays.length === 0) return [];
  const [is, them] = strays.length === 1 ? ['belongs', 'it'] : ['belong', 'them'];
  const detail = `${strays.join(', ')} ${is} by name to guest ${vmid}, whose configuration does not have ${them}: the removal leaves ${them}. Where no other guest uses ${them}, afterwards: ${freeing(strays)}`;
  return [note(resource, 'volumes stay behind', detail)];
}
