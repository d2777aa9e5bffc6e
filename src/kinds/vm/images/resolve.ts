import type { Address } from '../../../core/address.ts';
import type { Diagnostic } from '../../../core/diagnostic.ts';
import type { ErrorCode } from '../../../core/error.ts';
import { nearest } from '../../../core/nearest.ts';
import type { Resource } from '../../../core/resource.ts';
import { unlessRefused } from '../../../pve/refused.ts';
import type { PlanContext } from '../../kind.ts';
import { whyHidden } from '../disks/hidden-volume.ts';
import { ownerOf, storageOf } from '../disks/volumes.ts';
import { chooseStorage, documentOfVolume, impliedImage, volumeOfImage } from './download.ts';
import { type DiskSource, diskSources, type ImageSource, mediumSource } from './source.ts';

/** What a source came to: the volume, and what has to be there first; or why there is none. */
export interface ResolvedSource {
  readonly volid?: string;
  readonly dependsOn?: Address;
  readonly implied?: Resource;
  readonly diagnostics: readonly Diagnostic[];
}

/** A source that cannot be used, as an error at its place. */
export function sourceProblem(
  resource: Resource,
  { path, origin }: ImageSource,
  code: ErrorCode,
  summary: string,
  detail: string,
): Diagnostic {
  const range = origin.range ?? resource.range;
  const pointer = `/${path.replaceAll('.', '/')}`;
  return { severity: 'error', code, summary, detail, range, address: resource.address, pointer };
}

// What storages of files hold, and others do not.
const FILES: ReadonlySet<string> = new Set(['iso', 'vztmpl', 'backup', 'snippets', 'import']);

const NO_USE: Readonly<Record<ImageSource['content'], readonly [summary: string, detail: string]>> = {
  import: [
    'no disk comes of this image',
    'is no disk image. Proxmox VE makes disks of import content only: write content: import there',
  ],
  iso: ['the image is no medium', 'is no ISO image. The CD drive takes iso content only: write content: iso there'],
};

function list(names: readonly string[]): string {
  return names.length === 0 ? 'none' : [...new Set(names)].sort().join(', ');
}

async function resolveDocument(
  resource: Resource,
  source: ImageSource,
  node: string,
  { resources, cluster }: PlanContext,
): Promise<ResolvedSource> {
  const address = String(source.value);
  const problem = (code: ErrorCode, summary: string, detail: string): ResolvedSource => ({
    diagnostics: [sourceProblem(resource, source, code, summary, detail)],
  });
  const wanted = `${source.path} is ${address} (${source.origin.text})`;
  const images = resources.filter(({ kind }) => kind === 'image');
  const document = images.find((image) => image.address === address);
  if (document === undefined) {
    const addresses = images.map((image) => image.address);
    const near = nearest(address, addresses);
    const guess = near === undefined ? '' : ` Did you mean ${near}?`;
    return problem(
      'MISSING',
      'the image is not described',
      `${wanted}, which no document of this run describes.${guess} Images described: ${list(addresses)}.`,
    );
  }
  const storage = String(document.spec['storage']);
  const volid = volumeOfImage(document.spec, storage);
  if (volid?.startsWith(`${storage}:${source.content}/`) !== true) {
    const [summary, detail] = NO_USE[source.content];
    return problem('SPEC_INVALID', summary, `${wanted}, which ${detail}.`);
  }
  const there = (await cluster.storagesOf(node)).find((row) => row.storage === storage);
  const home = document.spec['node'];
  if (there !== undefined && (there.shared || home === undefined || home === node))
    return { volid, dependsOn: document.address, diagnostics: [] };
  const where = typeof home === 'string' ? `${storage} of ${home}` : storage;
  return problem(
    'MISSING',
    'the image is on another node',
    `${wanted}, whose file is on ${where}, which ${node} does not reach. Write node: ${String(home ?? '…')} for the guest, keep the image on a shared storage, or write the URL here: image: { url: … }.`,
  );
}

async function resolveDownload(
  resource: Resource,
  source: ImageSource,
  node: string,
  context: PlanContext,
): Promise<ResolvedSource> {
  const spec = source.value as Exclude<ImageSource['value'], string>;
  const { content } = source;
  const storages = await context.cluster.storagesOf(node);
  const written = spec['storage'];
  const storage =
    typeof written === 'string' ? storages.find((row) => row.storage === written) : chooseStorage(storages, content);
  if (storage === undefined) {
    const holders = list(storages.filter((row) => row.content.includes(content)).map((row) => row.storage));
    const files = list(storages.filter((row) => row.content.some((kind) => FILES.has(kind))).map((row) => row.storage));
    const detail =
      typeof written === 'string'
        ? `${source.path}.storage is ${written} (${source.origin.text}), which ${node} does not have. Storages with ${content} content on ${node}: ${holders}.`
        : `${source.path} (${source.origin.text}) needs a storage that holds ${content} content, and ${node} has none. Let one hold it: pvesm set STORAGE --content …,${content}. Storages of files on ${node}: ${files}.`;
    return { diagnostics: [sourceProblem(resource, source, 'MISSING', 'no storage for the image', detail)] };
  }
  const volid = volumeOfImage(spec, storage.storage, content);
  if (volid === undefined) return { diagnostics: [] };
  const document = documentOfVolume(volid, node, storage.shared, context);
  if (document !== undefined) return { volid, dependsOn: document.address, diagnostics: [] };
  const pointer = `/${source.path.replaceAll('.', '/')}`;
  const implied = impliedImage(resource, pointer, volid, { node, storage, content });
  return { volid, dependsOn: implied.address, implied, diagnostics: [] };
}

/** A volume that is there: of import content, or a disk of another guest, which takes VM.Clone on that guest. */
async function resolveVolume(
  resource: Resource,
  source: DiskSource,
  node: string,
  context: PlanContext,
): Promise<ResolvedSource> {
  const { cluster, user } = context;
  const volid = String(source.value);
  const storage = storageOf(volid) ?? '';
  const wanted = `${source.path} is ${volid} (${source.origin.text})`;
  const problem = (code: ErrorCode, summary: string, detail: string): ResolvedSource => ({
    diagnostics: [sourceProblem(resource, source, code, summary, detail)],
  });
  const storages = await cluster.storagesOf(node);
  const there = storages.find((row) => row.storage === storage);
  if (there === undefined) {
    const names = list(storages.map((row) => row.storage));
    return problem(
      'MISSING',
      'the storage does not exist',
      `${wanted}, and ${node} has no such storage. It has: ${names}.`,
    );
  }
  const document = documentOfVolume(volid, node, there.shared, context);
  if (document !== undefined) return { volid, dependsOn: document.address, diagnostics: [] };
  // qemu-server: PVE/API2/Qemu.pm, check_storage_access: the disk of a guest may be in use, and copying it is cloning.
  const owner = ownerOf(volid);
  if (owner !== undefined && !(await cluster.holds(`/vms/${owner}`, 'VM.Clone')))
    return problem(
      'PERMISSION',
      'a privilege is missing',
      `${wanted}, a disk of guest ${owner}. Copying it needs VM.Clone on /vms/${owner}, which ${user} does not hold. Give it a role with that privilege there.`,
    );
  // The same, import_from_volid: a guest's disk is copied on the guest's own node, shared storage or not.
  const home = (await cluster.resources()).guests.find((guest) => guest.vmid === owner)?.node;
  if (home !== undefined && home !== node)
    return problem(
      'IMPOSSIBLE',
      'the volume is of a guest on another node',
      `${wanted}, a disk of guest ${owner} on ${home}, and Proxmox VE copies it only there. Write node: ${home} for the guest, or move guest ${owner} to ${node} first.`,
    );
  const content = volid.startsWith(`${storage}:import/`) ? 'import' : 'images';
  const listed = await unlessRefused(cluster.content(node, storage, content), undefined);
  // A disk within an appliance is listed as the appliance.
  const file = volid.replace(/\.ova\/.*$/, '.ova');
  if (listed?.some((row) => row.volid === file) === true) return { volid, diagnostics: [] };
  const hidden = await whyHidden(volid, context);
  if (hidden !== undefined) {
    const unchecked = sourceProblem(resource, source, 'PERMISSION', 'the volume is not checked', hidden);
    return { volid, diagnostics: [{ ...unchecked, severity: 'note' }] };
  }
  const offers = listed === undefined ? `${user} may not list it` : `It holds: ${list(listed.map((row) => row.volid))}`;
  return problem('MISSING', 'the volume does not exist', `${wanted}, which ${storage} does not show. ${offers}.`);
}

/** Finds the file that a document or an address means on a node, or what makes it. */
export function resolveImage(
  resource: Resource,
  source: ImageSource,
  node: string,
  context: PlanContext,
): Promise<ResolvedSource> {
  const resolve = typeof source.value === 'string' ? resolveDocument : resolveDownload;
  return resolve(resource, source, node, context);
}

/** Finds the volume that a disk starts from on a node, or what makes it. */
export function resolveSource(
  resource: Resource,
  source: DiskSource,
  node: string,
  context: PlanContext,
): Promise<ResolvedSource> {
  const resolve = source.key === 'import' ? resolveVolume : resolveImage;
  return resolve(resource, source, node, context);
}

/** Whether a node reaches the image in the CD drive of a document, and all that its disks start from. */
export async function reachesSources(resource: Resource, node: string, context: PlanContext): Promise<boolean> {
  const medium = mediumSource(resource);
  const found = medium === undefined ? [] : [await resolveImage(resource, medium, node, context)];
  for (const source of diskSources(resource)) found.push(await resolveSource(resource, source, node, context));
  return found.every(({ diagnostics }) => diagnostics.length === 0);
}
