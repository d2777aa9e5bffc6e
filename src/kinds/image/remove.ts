import type { Address } from '../../core/address.ts';
import type { Resource } from '../../core/resource.ts';
import { displaySize } from '../../core/units.ts';
import { unlessRefused } from '../../pve/refused.ts';
import type { PlanContext, Removal } from '../kind.ts';
import { volumeOf } from './observe.ts';
import { nodeOfImage } from './place.ts';

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
  const listed =
    typeof node === 'string' ? await unlessRefused(context.cluster.content(node, storage, file.content), []) : [];
  const found = listed.find((row) => row.volid === volid);
  if (typeof node !== 'string' || found === undefined) return undefined;
  const base = { node, vmid: null, identity: volid, incarnation: null, digest: null };
  if (!isOwn(resource)) {
    const detail = `${volid} stays: files carry no mark, and nothing in its name shows that this document has made it. To remove it by hand: pvesm free ${volid}`;
    const note = { severity: 'note', code: 'FOREIGN_GUEST', summary: 'the file is kept', detail } as const;
    return {
      ...base,
      changes: [],
      steps: [],
      diagnostics: [{ ...note, address: resource.address, range: resource.range }],
    };
  }
  const change = { path: 'file', key: 'file', before: `${volid}, ${displaySize(found.size)}`, after: null } as const;
  const path = `/nodes/${node}/storage/${storage}/content/${encodeURIComponent(volid)}`;
  return {
    ...base,
    changes: [{ ...change, effect: 'data-loss', state: 'change', origin: 'destroy' }],
    steps: [
      {
        id: `${resource.address}#1`,
        resource: resource.address,
        title: `delete ${file.name}`,
        effect: 'data-loss',
        request: { method: 'DELETE', path, params: {} },
        await: { for: 'task', timeoutMs: DELETE_MS },
      },
    ],
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
