import { isObject, type Json, type JsonObject } from '../../core/json.ts';
import type { Resource } from '../../core/resource.ts';

function ignoredPaths(resource: Resource): readonly (readonly string[])[] {
  const ignored = resource.spec['ignore'];
  return Array.isArray(ignored) ? ignored.map((path) => String(path).split('.')) : [];
}

/** Whether a path stands in `ignore`, or below one that does; `*` there is every slot, as in `disks.*.size`. */
export function isIgnored(resource: Resource, path: string): boolean {
  const parts = path.split('.');
  return ignoredPaths(resource).some((ignored) =>
    ignored.every((part, index) => parts[index] !== undefined && (part === '*' || part === parts[index])),
  );
}

function without(value: Json, path: readonly string[]): Json {
  const [part, ...rest] = path;
  if (part === undefined || !isObject(value)) return value;
  const entries = Object.entries(value as JsonObject);
  const names = (key: string): boolean => part === '*' || part === key;
  return Object.fromEntries(
    rest.length === 0
      ? entries.filter(([key]) => !names(key))
      : entries.map(([key, child]) => [key, names(key) ? without(child, rest) : child]),
  );
}

/** A resource as if nobody had written what its `ignore` names, nor a default had set it. */
export function withoutIgnored(resource: Resource): Resource {
  const paths = ignoredPaths(resource);
  if (paths.length === 0) return resource;
  return { ...resource, spec: paths.reduce<Json>(without, resource.spec) as JsonObject };
}
