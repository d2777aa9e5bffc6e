import type { Diagnostic } from '../../core/diagnostic.ts';
import type { ErrorCode } from '../../core/error.ts';
import { originOf, type Resource } from '../../core/resource.ts';
import type { ClusterView } from '../../pve/cluster.ts';
import type { ImageContent } from '../../pve/image-file.ts';
import type { PlanContext } from '../kind.ts';
import { told } from '../told.ts';

/** An error about an image at a key of its document. */
export function imageProblem(
  resource: Resource,
  key: string,
  code: ErrorCode,
  summary: string,
  detail: string,
): Diagnostic {
  return told(resource, key, 'error', code, summary, detail);
}

/** That the token may not list what a document's storage holds. */
export function unseenContent(resource: Resource, { user }: PlanContext): Diagnostic {
  const storage = String(resource.spec['storage']);
  const detail = `What ${storage} holds needs Datastore.Audit or Datastore.AllocateSpace on /storage/${storage}, which ${user} does not hold. Give it a role with one of them there.`;
  return imageProblem(resource, 'storage', 'PERMISSION', 'a privilege is missing', detail);
}

function list(names: Iterable<string>): string {
  const sorted = [...new Set(names)].sort();
  return sorted.length === 0 ? 'none' : sorted.join(', ');
}

/**
 * The node that downloads an image: the written one; else, where the storage is shared or one node alone has it, the
 * first online node with the storage. A problem where the node cannot be told.
 */
export async function nodeOfImage(
  resource: Resource,
  content: ImageContent,
  cluster: ClusterView,
): Promise<string | Diagnostic> {
  const storage = String(resource.spec['storage']);
  const wanted = `storage is ${storage} (${originOf(resource, '/storage').text})`;
  const { nodes, storages } = await cluster.resources();
  const online = nodes.filter((node) => node.online).map(({ node }) => node);
  const written = resource.spec['node'];
  if (typeof written === 'string') {
    if (online.includes(written)) return written;
    const what = nodes.some(({ node }) => node === written) ? 'is offline' : 'the cluster does not have';
    const detail = `node is ${written} (${originOf(resource, '/node').text}), which ${what}. Nodes online: ${list(online)}.`;
    return imageProblem(resource, 'node', 'MISSING', 'the node is not there', detail);
  }
  const rows = storages.filter((row) => row.storage === storage && online.includes(row.node));
  const [first] = rows.map(({ node }) => node).sort();
  if (first === undefined) {
    const usable = list(storages.filter((row) => row.content.includes(content)).map((row) => row.storage));
    const detail = `${wanted}, which no online node has, or which the token may not see. Storages that hold ${content} content: ${usable}.`;
    return imageProblem(resource, 'storage', 'MISSING', 'the storage does not exist', detail);
  }
  if (rows.length === 1 || rows.some((row) => row.shared)) return first;
  const detail = `${wanted}, which is not shared: each node has one of its own (${list(rows.map(({ node }) => node))}). Write node; for several nodes, one document for each of them (each: [{ node: … }, …]).`;
  return imageProblem(resource, 'storage', 'SPEC_INVALID', 'the node is not said', detail);
}

/** Why a storage cannot take a file on a node; undefined where it can. */
export async function storageProblem(
  resource: Resource,
  node: string,
  content: ImageContent,
  cluster: ClusterView,
): Promise<Diagnostic | undefined> {
  const name = String(resource.spec['storage']);
  const storages = await cluster.storagesOf(node);
  const storage = storages.find((row) => row.storage === name);
  const usable = list(storages.filter((row) => row.content.includes(content) && row.active).map((row) => row.storage));
  const wanted = `storage is ${name} (${originOf(resource, '/storage').text})`;
  const remedy = `Storages for ${content} on ${node}: ${usable}.`;
  const missing = (summary: string, detail: string): Diagnostic =>
    imageProblem(resource, 'storage', 'MISSING', summary, detail);
  if (storage === undefined)
    return missing('the storage does not exist', `${wanted}, which ${node} does not have. ${remedy}`);
  if (!storage.content.includes(content)) {
    const allow = `To let it hold them: pvesm set ${name} --content ${[...storage.content, content].sort().join(',')}`;
    return missing(
      'the storage cannot hold this',
      `${wanted}, which holds ${list(storage.content)}, but no ${content} content. ${remedy} ${allow}`,
    );
  }
  if (!storage.active)
    return missing('the storage is not active', `${wanted}, which is not active on ${node}. ${remedy}`);
  if (storage.avail > 0) return undefined;
  return missing('the storage is full', `${wanted}, which has no space left on ${node}. ${remedy}`);
}
