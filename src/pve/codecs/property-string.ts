import type { PropertyFormat } from '../facts/facts.ts';

/** A property string taken apart: sub-key to text, aliases resolved, the default key under its own name. */
export type PropertyString = Readonly<Record<string, string>>;

/** Why a text is no property string of a format; the messages are Proxmox VE's own. */
export class PropertyStringError extends Error {}

function defaultKeyOf(format: PropertyFormat): string | undefined {
  return Object.keys(format).find((key) => format[key]?.default_key === 1);
}

/**
 * Takes a property string apart as Proxmox VE does (pve-common: PVE/JSONSchema.pm, parse_property_string): split at
 * commas, empty segments skipped, no trimming; a segment without `=` belongs to the default key; aliases become their
 * key, and `virtio=MAC` both `model` and `macaddr`. Sub-keys that the format does not know are kept under their name.
 * Throws `PropertyStringError`.
 */
export function parsePropertyString(text: string, format: PropertyFormat): PropertyString {
  const result: Record<string, string> = {};
  const set = (key: string, value: string): void => {
    if (Object.hasOwn(result, key))
      throw new PropertyStringError(`duplicate key in comma-separated list property: ${key}`);
    result[key] = value;
  };
  for (const segment of text.split(',')) {
    if (segment === '') continue;
    const at = segment.indexOf('=');
    if (at > 0) {
      const name = segment.slice(0, at);
      const value = segment.slice(at + 1);
      if (value === '') throw new PropertyStringError('missing key in comma-separated list property');
      const fact = format[name];
      if (fact?.keyAlias !== undefined) set(fact.keyAlias, name);
      set(fact?.alias ?? name, value);
      continue;
    }
    if (at === 0) throw new PropertyStringError('missing key in comma-separated list property');
    const defaultKey = defaultKeyOf(format);
    if (defaultKey === undefined) {
      throw new PropertyStringError('value without key, but schema does not define a default key');
    }
    // A bare NIC model is the default key's value too: `virtio` is `model=virtio`.
    if (Object.hasOwn(result, defaultKey))
      throw new PropertyStringError('value without key, but default key already specified');
    result[defaultKey] = segment;
  }
  return result;
}

/**
 * Puts a property string together in the order that Proxmox VE prints (print_property_string): the default key first
 * and without its name, then the rest sorted by name. A key with a `keyAlias` form (`model` and `macaddr` of a NIC)
 * is printed as `virtio=MAC`. Nothing is added or dropped for being a default.
 */
export function printPropertyString(values: PropertyString, format: PropertyFormat): string {
  const rest: Record<string, string> = { ...values };
  const parts: string[] = [];
  const alias = Object.values(format).find((fact) => fact.keyAlias !== undefined);
  if (alias?.keyAlias !== undefined && alias.alias !== undefined && rest[alias.keyAlias] !== undefined) {
    const model = rest[alias.keyAlias] as string;
    const target = rest[alias.alias];
    parts.push(target === undefined ? model : `${model}=${target}`);
    delete rest[alias.keyAlias];
    delete rest[alias.alias];
  }
  const defaultKey = defaultKeyOf(format);
  if (defaultKey !== undefined && rest[defaultKey] !== undefined) {
    parts.push(rest[defaultKey] as string);
    delete rest[defaultKey];
  }
  for (const key of Object.keys(rest).sort()) parts.push(`${format[key]?.writtenAs ?? key}=${rest[key]}`);
  return parts.join(',');
}
