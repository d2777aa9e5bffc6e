import type { Diagnostic } from '../../../core/diagnostic.ts';
import type { Field } from '../../../core/field.ts';
import type { Resource } from '../../../core/resource.ts';
import { displaySize, parseSize } from '../../../core/units.ts';
import { unlessRefused } from '../../../pve/refused.ts';
import type { LiveState, ManagedValue, ObjectObservation, PlanContext } from '../../kind.ts';
import { storageOf } from '../disks/volumes.ts';
import { resolveSource, sourceProblem } from './resolve.ts';
import { type DiskSource, diskSources } from './source.ts';

/** The sub-key by which a new disk is a copy of a volume; it never stands in a config (qemu-server: PVE/QemuServer/Drive.pm). */
export const IMPORT_FROM = 'import-from';

/** What the disks that start from something add to the values of a guest, and what has to be there first. */
export interface ImageValues extends Required<Pick<ObjectObservation, 'dependsOn' | 'implied' | 'diagnostics'>> {
  readonly values: readonly ManagedValue[];
}

function fieldOf({ key, path }: DiskSource): Field {
  return {
    path: path.replace(/\.[^.]+\./, '.*.'),
    key: '*',
    sub: IMPORT_FROM,
    codec: 'string',
    class: 'H:disk',
    privilege: 'VM.Config.Disk',
    description: `What a new disk starts from, by its ${key}.`,
  };
}

/** What a written size means for a source: too small is an error, where that can be known; where not, a reader is told. */
async function sizeProblem(
  resource: Resource,
  source: DiskSource,
  volid: string,
  node: string,
  { cluster }: PlanContext,
): Promise<readonly Diagnostic[]> {
  const wanted = source.size === undefined ? undefined : parseSize(source.size);
  const storage = storageOf(volid);
  if (wanted === undefined || storage === undefined) return [];
  const content = volid.startsWith(`${storage}:import/`) ? 'import' : 'images';
  const listed = await unlessRefused(cluster.content(node, storage, content), []);
  if (!listed.some((row) => row.volid === volid)) {
    const detail = `How large the image of disks.${source.slot} is shows when it is there. Where it is larger than ${displaySize(wanted)}, the step that grows the disk fails, and the guest keeps the larger disk.`;
    const range = source.origin.range ?? resource.range;
    return [
      {
        severity: 'note',
        code: 'IMPOSSIBLE',
        summary: 'the size of the image is not known yet',
        detail,
        range,
        address: resource.address,
      },
    ];
  }
  const { size } = await cluster.volume(node, storage, volid);
  if (size <= wanted) return [];
  const detail = `disks.${source.slot}.size is ${displaySize(wanted)}, and ${volid} is ${displaySize(size)}. Proxmox VE cannot make a disk smaller than what it starts from. Write ${displaySize(size).replace(' ', '')} or more, or leave size out.`;
  return [sourceProblem(resource, source, 'IMPOSSIBLE', 'the disk is smaller than its image', detail)];
}

/**
 * The sources of the disks that are to be created, as values of their config keys, with the images to download first. A
 * disk that the guest has is left alone, whatever it was made from: a changed image never changes a guest.
 */
export async function imageValues(
  resource: Resource,
  node: string,
  live: LiveState | undefined,
  context: PlanContext,
): Promise<ImageValues> {
  const sources = diskSources(resource).filter(({ slot }) => live?.pending.has(slot) !== true);
  const values: ManagedValue[] = [];
  const found = [];
  const sizes: Diagnostic[] = [];
  for (const source of sources) {
    const resolved = await resolveSource(resource, source, node, context);
    found.push(resolved);
    if (resolved.volid === undefined) continue;
    const { path, slot: key, origin } = source;
    const field = fieldOf(source);
    const value = resolved.volid;
    values.push({ path, key, sub: IMPORT_FROM, field, value, origin: origin.text, builtIn: origin.builtIn });
    sizes.push(...(await sizeProblem(resource, source, value, node, context)));
  }
  return {
    values,
    dependsOn: found.flatMap(({ dependsOn }) => dependsOn ?? []),
    implied: found.flatMap(({ implied }) => implied ?? []),
    diagnostics: [...found.flatMap(({ diagnostics }) => diagnostics), ...sizes],
  };
}
