import type { Project, Resource } from '../../core/resource.ts';

/**
 * The documents with a lifetime for those guests that have none written. As a built-in default it counts at creation
 * alone: guests that are there already stay as they are. Where a project has no marks, there is no place for it.
 */
export function withDefaultTtl(
  resources: readonly Resource[],
  { mark }: Pick<Project, 'mark'>,
  ttl: string,
): readonly Resource[] {
  if (mark === 'none') return resources;
  return resources.map((resource) => {
    if (resource.kind !== 'vm' || resource.spec['ttl'] !== undefined) return resource;
    const origins = new Map([...resource.origins, ['/ttl', { text: 'default of pvevm up', builtIn: true }] as const]);
    return { ...resource, spec: { ...resource.spec, ttl }, origins };
  });
}
