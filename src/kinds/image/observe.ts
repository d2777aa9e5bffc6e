import type { Address } from '../../core/address.ts';
import type { Diagnostic } from '../../core/diagnostic.ts';
import type { Field } from '../../core/field.ts';
import { originOf, type Resource } from '../../core/resource.ts';
import { imageFields } from '../../generated/fields/image.ts';
import { type ImageFile, imageFileOf, imageSourceOf } from '../../pve/image-file.ts';
import { unlessRefused } from '../../pve/refused.ts';
import type { LiveState, ManagedValue, ObjectObservation, PlanContext } from '../kind.ts';
import { runningOf, untilSettled } from '../until-settled.ts';
import { imageProblem, nodeOfImage, storageProblem, unseenContent } from './place.ts';

/** The keys of a document that say what the file is, in the order in which the plan shows them. */
const SHOWN = ['url', 'checksum', 'compression'] as const;

/** The volume id of a document's file; `check` has looked at whether there is one. */
export function volumeOf(resource: Resource): { readonly file: ImageFile; readonly volid: string } | undefined {
  const file = imageFileOf(imageSourceOf(resource.spec));
  if ('detail' in file) return undefined;
  return { file, volid: `${String(resource.spec['storage'])}:${file.content}/${file.name}` };
}

function valuesOf(resource: Resource): readonly ManagedValue[] {
  return SHOWN.flatMap((key) => {
    const value = resource.spec[key];
    const field = imageFields.find(({ path }) => path === key) as Field;
    const { text, builtIn } = originOf(resource, `/${key}`);
    return typeof value === 'string' ? [{ path: key, key, field, value, origin: text, builtIn }] : [];
  });
}

function failure(diagnostics: readonly Diagnostic[], node = ''): ObjectObservation {
  const nothing = { live: undefined, foreign: false, desired: [], incarnation: null, digest: null, unmanaged: [] };
  return { ...nothing, node, diagnostics };
}

/** Another document whose file is the same volume: one of them would be taken for the other. */
function twinOf(resource: Resource, volid: string, context: PlanContext): Diagnostic | undefined {
  const first = context.resources.find((other) => other.kind === 'image' && volumeOf(other)?.volid === volid);
  if (first === undefined || first.address === resource.address || first.spec['node'] !== resource.spec['node'])
    return undefined;
  const { file, line } = first.range;
  const detail = `${volid} is the file of ${first.address} (${file}:${line}) too. Take one of the two out, or write a checksum or a filename of its own.`;
  return imageProblem(resource, 'url', 'SPEC_DUPLICATE', 'two images are one file', detail);
}

/** What is there of a file is all of it: it is never changed, and Proxmox VE knows no checksum to compare. */
function liveOf(desired: readonly ManagedValue[]): LiveState {
  const texts = new Map(desired.map(({ key, value }) => [key, String(value)]));
  return { current: texts, pending: texts, running: false, hotplug: new Set() };
}

async function observeImage(resource: Resource, context: PlanContext): Promise<ObjectObservation> {
  const volume = volumeOf(resource);
  if (volume === undefined) return failure([]);
  const { volid, file } = volume;
  const node = await nodeOfImage(resource, file.content, context.cluster);
  if (typeof node !== 'string') return failure([node]);
  const unusable = await storageProblem(resource, node, file.content, context.cluster);
  if (unusable !== undefined) return failure([unusable], node);
  const storage = String(resource.spec['storage']);
  const listed = await unlessRefused(context.cluster.content(node, storage, file.content), undefined);
  if (listed === undefined) return failure([unseenContent(resource, context)], node);
  const exists = listed.some((row) => row.volid === volid);
  const desired = valuesOf(resource);
  const twin = twinOf(resource, volid, context);
  return {
    node,
    identity: volid,
    incarnation: null,
    digest: null,
    unmanaged: [],
    live: exists ? liveOf(desired) : undefined,
    foreign: false,
    desired,
    diagnostics: twin === undefined ? [] : [twin],
  };
}

/**
 * Waits while a file of the documents is being downloaded, by whomever: a second download would be for nothing. The task
 * carries the file's name (pve-storage: PVE/API2/Storage/Status.pm, download_url); what is there of a file before it is
 * whole has another name, and is in no list (pve-common: PVE/Tools.pm, download_file_from_url).
 */
async function downloadsEnded(resources: readonly Resource[], context: PlanContext): Promise<void> {
  const names = new Set(resources.map((resource) => volumeOf(resource)?.file.name));
  await untilSettled(context, async () => {
    const [task] = await runningOf(context.cluster, ({ type, id }) => type === 'download' && names.has(id));
    return task === undefined ? undefined : { what: `the download of ${task.id}`, upid: task.upid };
  });
}

/** Finds the files of all documents, or where they are to be. */
export async function observeImages(
  resources: readonly Resource[],
  context: PlanContext,
): Promise<ReadonlyMap<Address, ObjectObservation>> {
  await downloadsEnded(resources, context);
  const observations = new Map<Address, ObjectObservation>();
  for (const resource of resources) observations.set(resource.address, await observeImage(resource, context));
  return observations;
}
