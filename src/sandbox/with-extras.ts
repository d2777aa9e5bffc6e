import type { Json, JsonObject } from '../core/json.ts';

const EXTRAS = new WeakMap<object, JsonObject>();

/**
 * Marks the `data` of an answer so that further attributes, such as `total`, stand beside it in the body
 * (pve-common: PVE/RESTEnvironment.pm, set_result_attrib).
 */
export function withExtras<T extends readonly Json[] | JsonObject>(data: T, extras: JsonObject): T {
  EXTRAS.set(data, extras);
  return data;
}

/** What stands beside `data` in the body; empty for most answers. */
export function extrasOf(data: Json): JsonObject {
  return typeof data === 'object' && data !== null ? (EXTRAS.get(data) ?? {}) : {};
}
