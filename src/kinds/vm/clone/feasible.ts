import type { Diagnostic } from '../../../core/diagnostic.ts';
import { originOf, type Resource } from '../../../core/resource.ts';
import type { NodeStorage } from '../../../pve/cluster-rows.ts';
import type { PlanContext } from '../../kind.ts';
import { isCloudInitDrive, isVolumeKey, storedParts } from '../live.ts';
import { missingStorage } from '../preflight/missing.ts';
import { hasOwnVolume, storageOf } from './cloned-texts.ts';
import { cloneError } from './find-source.ts';
import type { CloneMode, CloneSource } from './source.ts';
import type { CloneWish } from './wish.ts';

/** How a clone is made where the document leaves it open: as Proxmox VE does, and full where only that can be meant. */
export function modeOf(wish: CloneWish, template: boolean): CloneMode {
  const open = wish.storage !== undefined || wish.snapshot !== undefined || !template ? 'full' : 'linked';
  return { mode: wish.mode ?? open, storage: wish.storage, snapshot: wish.snapshot };
}

// What has linked clones of base images (pve-storage: PVE/Storage/*Plugin.pm, volume_has_feature); plug-ins of others
// are left to Proxmox VE.
const WITHOUT_LINKED: ReadonlySet<string> = new Set(['lvm', 'iscsi', 'iscsidirect']);
// What cannot copy a volume as a snapshot has it, unless that is a qcow2 file; others are left to Proxmox VE here too.
const WITHOUT_SNAPSHOT_COPY: ReadonlySet<string> = new Set(['dir', 'nfs', 'cifs', 'glusterfs', 'lvm', 'zfspool']);

function isBase(file: string): boolean {
  return /[:/]base-\d+-[^/]+$/.test(file);
}

/** Why a linked clone cannot be made, disk by disk; undefined where it can. */
function whyNotLinked(source: CloneSource, typeOf: (storage: string) => string | undefined): string | undefined {
  if (!source.template) return `${source.name} is no template, and only templates have linked clones`;
  for (const [key, text] of source.texts) {
    if (!hasOwnVolume(key, text) || isCloudInitDrive(text)) continue;
    const storage = storageOf(text);
    const type = storage === undefined ? undefined : typeOf(storage);
    if (type !== undefined && WITHOUT_LINKED.has(type))
      return `${key} is on ${storage}, and a storage of type ${type} has no linked clones`;
    const file = storedParts(key, text)?.['file'] ?? '';
    // What this run converts is a base image by then.
    if (source.document === undefined && !isBase(file))
      return `${key} (${file}) is no base image: the template flag was set without converting the disk`;
  }
  return undefined;
}

/** Why a snapshot cannot be copied from; undefined where it can. */
function whyNoSnapshotCopy(source: CloneSource, typeOf: (storage: string) => string | undefined): string | undefined {
  for (const [key, text] of source.texts) {
    if (!hasOwnVolume(key, text) || isCloudInitDrive(text)) continue;
    const storage = storageOf(text);
    const type = storage === undefined ? undefined : typeOf(storage);
    if (type === undefined || !WITHOUT_SNAPSHOT_COPY.has(type) || /\.qcow2(,|$)/.test(text)) continue;
    return `${key} is on ${storage}, and what a snapshot has on a storage of type ${type} cannot be copied`;
  }
  return undefined;
}

function otherNodeProblem(
  resource: Resource,
  source: CloneSource,
  mode: CloneMode,
  node: string,
  storages: readonly NodeStorage[],
): Diagnostic | undefined {
  if (node === source.node) return undefined;
  const isLocal = (name: string): boolean => storages.find(({ storage }) => storage === name)?.shared === false;
  const local = [...source.texts].find(([key, text]) => isVolumeKey(key) && isLocal(storageOf(text) ?? ''));
  const wanted = `node is ${node} (${originOf(resource, '/node').text}), and ${source.name} is on ${source.node}`;
  if (local !== undefined) {
    const [key, text] = local;
    const detail = `${wanted} with ${key} on ${storageOf(text)}, which is not shared. Proxmox VE clones to another node only where every drive is on shared storage. Write node: ${source.node}, and move the guest afterwards.`;
    return cloneError(resource, 'IMPOSSIBLE', 'the source cannot be cloned to another node', detail, '/node');
  }
  if (mode.storage === undefined || !isLocal(mode.storage)) return undefined;
  const detail = `${wanted}, and clone.storage is ${mode.storage}, which is not shared. Proxmox VE clones to another node only onto shared storage. Write node: ${source.node}, or a shared storage.`;
  return cloneError(resource, 'IMPOSSIBLE', 'the clone cannot go to another node', detail, '/clone/storage');
}

/** What stands in the way of a clone, each with its exact reason (qemu-server: PVE/API2/Qemu.pm, clone_vm). */
export async function cloneProblems(
  resource: Resource,
  source: CloneSource,
  mode: CloneMode,
  node: string,
  context: PlanContext,
): Promise<readonly Diagnostic[]> {
  const storages = await context.cluster.storagesOf(source.node);
  const typeOf = (name: string): string | undefined => storages.find(({ storage }) => storage === name)?.type;
  const problems: (Diagnostic | undefined)[] = [otherNodeProblem(resource, source, mode, node, storages)];
  if (mode.mode === 'linked') {
    const why = whyNotLinked(source, typeOf);
    if (why !== undefined)
      problems.push(
        cloneError(
          resource,
          'IMPOSSIBLE',
          'a linked clone is not possible',
          `${why}. Write clone.mode: full.`,
          '/clone/mode',
        ),
      );
  }
  if (mode.snapshot !== undefined) {
    const why = whyNoSnapshotCopy(source, typeOf);
    if (why !== undefined)
      problems.push(
        cloneError(
          resource,
          'IMPOSSIBLE',
          'the snapshot cannot be cloned',
          `${why}. Leave clone.snapshot out.`,
          '/clone/snapshot',
        ),
      );
  }
  if (mode.mode === 'full' && source.running && mode.snapshot === undefined && source.texts.has('tpmstate0')) {
    const detail = `${source.name} runs and has a TPM, whose state Proxmox VE copies only while the guest is stopped. Shut it down first.`;
    problems.push(cloneError(resource, 'IMPOSSIBLE', 'the source cannot be cloned while it runs', detail));
  }
  if (mode.storage !== undefined) {
    const origin = originOf(resource, '/clone/storage');
    const wish = { storage: mode.storage, content: 'images', path: 'clone.storage', origin } as const;
    problems.push(await missingStorage(resource, wish, source.node, context.cluster));
  }
  return problems.filter((problem) => problem !== undefined);
}
