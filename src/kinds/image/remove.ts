import type { Address } from '../../core/address.ts';
import type { Resource } from '../../core/resource.ts';
import { displaySize } from '../../core/units.ts';
import { unlessRefused } from '../../pve/refused.ts';
import type { PlanContext, Removal } from '../kind.ts';
import { withLoads } from '../step-loads.ts';
import { volumeOf } from './observe.ts';
import { imageProblem, nodeOfImage, unseenContent } from './place.ts';

const DELETE_MS = 600_000;

/**
 * Whether a file can only be one that pvevm has downloaded: its name holds digits of the document's checksum. An ISO
 * image may lie in the drive of any guest, and stays.
 */
function isOwn(resource: Resource): boolean {
  const { checksum, filename, content } = resource.spec;
  const isPinned = typeof checksum === 'string' && filename === undefined;
  return isPinned && content !== 'iso' && volumeOf(resource)?.file.content !== 'iso';
}

async function removalOf(resource: Resource, context: PlanContext): Promise<Removal | undefined> {
  const volume = volumeOf(resource);
  if (volume === undefined) return undefined;
  const { volid, file } = volume;
  const node = await nodeOfImage(resource, file.content, context.cluster);
  const storage = String(resource.spec['storage']);
  if (typeof node !== 'string') return undefined;
  const base = { node, vmid: null, identity: volid, incarnation: null, digest: null };
  const kept = { ...base, changes: [], steps: [] };
  const listed = await unlessRefused(context.cluster.content(node, storage, file.content), undefined);
  if (listed === undefined) return { ...kept, diagnostics: [unseenContent(resource, context)] };
  const found = listed.find((row) => row.volid === volid);
  if (found === undefined) return undefined;
  if (!isOwn(resource)) {
    const detail = `${volid} stays: files carry no mark, and nothing in its name shows that this document has made it. To remove it by hand: pvesm free ${volid}`;
    const note = { severity: 'note', code: 'FOREIGN_GUEST', summary: 'the file is kept', detail } as const;
    return { ...kept, diagnostics: [{ ...note, address: resource.address, range: resource.range }] };
  }
  // pve-storage: PVE/API2/Storage/Content.pm, delete.
  if (!(await context.cluster.holds(`/storage/${storage}`, 'Datastore.Allocate'))) {
    const detail = `Deleting ${volid} needs Datastore.Allocate on /storage/${storage}, which ${context.user} does not hold. Give it a role with that privilege there, or delete the file by hand: pvesm free ${volid}`;
    const lack = imageProblem(resource, 'storage', 'PERMISSION', 'a privilege is missing', detail);
    return { ...kept, diagnostics: [lack] };
  }
  const change = { path: 'file', key: 'file', before: `${volid}, ${displaySize(found.size)}`, after: null } as const;
  const path = `/nodes/${node}/storage/${storage}/content/${encodeURIComponent(volid)}`;
  return {
    ...base,
    changes: [{ ...change, effect: 'data-loss', state: 'change', origin: 'destroy' }],
    steps: await withLoads(
      [
        {
          id: `${resource.address}#1`,
          resource: resource.address,
          title: `delete ${file.name}`,
          effect: 'data-loss',
          request: { method: 'DELETE', path, params: {} },
          removes: [volid],
          await: { for: 'task', timeoutMs: DELETE_MS },
        },
      ],
      () => ({ node, storages: [{ storage, node }] }),
      context.cluster,
    ),
    diagnostics: [],
  };
}

/** Finds the files that `destroy` would remove: those whose names show that pvevm made them. Guests keep their disks. */
export async function observeImageRemovals(
  resources: readonly Resource[],
  context: PlanContext,
): Promise<ReadonlyMap<Address, Removal>> {
  const removals = new Map<Address, Removal>();
  for (const resource of resources) {
    const removal = await removalOf(resource, context);
    if (removal !== undefined) removals.set(resource.address, removal);
  }
  return removals;
}
