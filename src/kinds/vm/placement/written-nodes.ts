import type { Resource } from '../../../core/resource.ts';

/** The nodes that a document names, in its order; undefined where it leaves the node open. */
export function writtenNodes(resource: Resource): readonly string[] | undefined {
  const written = resource.spec['node'];
  if (typeof written === 'string') return [written];
  return Array.isArray(written) ? written.map(String) : undefined;
}

/** Whether a document wants its guest to be brought to another node than the one that it is on. */
export function isToLeave(resource: Resource, node: string): boolean {
  return resource.spec['onMoved'] === 'migrate' && writtenNodes(resource)?.includes(node) === false;
}
