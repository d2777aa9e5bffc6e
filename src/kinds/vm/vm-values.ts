import type { Diagnostic } from '../../core/diagnostic.ts';
import { isObject, type JsonObject } from '../../core/json.ts';
import { type Resource, rangeOf, valueAt } from '../../core/resource.ts';
import { parseSize } from '../../core/units.ts';

/** An error of a resource at the value of a pointer. */
export function specError(resource: Resource, pointer: string, summary: string, detail: string): Diagnostic {
  const range = rangeOf(resource, pointer);
  return { severity: 'error', code: 'SPEC_INVALID', summary, detail, range, address: resource.address, pointer };
}

/** The devices of `disks` or `network` that are there, by slot: those written as null are left out. */
export function devicesOf(
  resource: Resource,
  map: 'disks' | 'network',
): readonly (readonly [slot: string, device: JsonObject])[] {
  const devices = resource.spec[map];
  if (!isObject(devices)) return [];
  return Object.entries(devices as JsonObject).flatMap(([slot, device]) =>
    isObject(device) ? [[slot, device as JsonObject] as const] : [],
  );
}

/** The bytes of the size at a pointer; undefined where none is written there. */
export function sizeAt(resource: Resource, pointer: string): number | undefined {
  const value = valueAt(resource.spec, pointer);
  return typeof value === 'string' ? parseSize(value) : undefined;
}

/** A number at a pointer; `whenNull` where the spec takes it away, undefined where it says nothing. */
export function numberAt(resource: Resource, pointer: string, whenNull: number): number | undefined {
  const value = valueAt(resource.spec, pointer);
  return value === null ? whenNull : typeof value === 'number' ? value : undefined;
}
