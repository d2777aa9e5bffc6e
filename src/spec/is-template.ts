import { isObject } from '../core/json.ts';
import type { Document } from './document.ts';
import { hasPlaceholders } from './placeholder.ts';

/** The keys of a document that say how its placeholders are replaced, and that no resource has. */
export const TEMPLATE_KEYS: readonly string[] = ['vars', 'instances', 'each'];

/** Whether a document has variables, placeholders or instances, so that it must be resolved before it is checked. */
export function isTemplate({ value }: Document): boolean {
  return TEMPLATE_KEYS.some((key) => Object.hasOwn(value, key)) || isObject(value['vmid']) || hasPlaceholders(value);
}
