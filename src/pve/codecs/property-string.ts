import type { PropertyFormat } from '../facts/facts.ts';

/** A property string taken apart: sub-key to text, aliases resolved, the default key under its own name. */
export type PropertyString = Readonly<Record<string, string>>;

/** Why a text is no property string of a format; the messages are Proxmox VE's own. */
export class PropertyStringError extends Error {}

function defaultKeyOf(format: PropertyFormat): string | undefined {
  return Object.keys(format).find((key) => format[key]?.default_key === 1);
}

const DUPLICATE = 'duplicate key in comma-separated list property';

/**
 * Takes a property string apart as Proxmox VE does (pve-common: PVE/JSONSchema.pm, parse_property_string): split at
 * commas, blank segments skipped, no trimming; a segment without `=` belongs to the default key; aliases become their
 * key, and `virtio=MAC` both `model` and `macaddr`. Sub-keys that the format does not know are kept under their name.
 * Throws `PropertyStringError`.
 */
export function parsePropertyString(text: string, format: PropertyFormat): PropertyString {
  const result: Record<string, string> = {};
  const has = (key: string): boolean => Object.hasOwn(result, key);
  let takenDefault: string | undefined;
  for (const segment of text.split(',')) {
    if (segment.trim() === '') continue;
    const at = segment.indexOf('=');
    if (at < 0) {
      const key = defaultKeyOf(format);
      if (key === undefined) {
        throw new PropertyStringError('value without key, but schema does not define a default key');
      }
      // A bare value takes the place of a named one that Perl holds for false.
      if (takenDefault !== undefined || (has(key) && result[key] !== '0')) {
        throw new PropertyStringError(`${DUPLICATE}: ${key}`);
      }
      takenDefault = key;
      result[key] = segment;
      continue;
    }
    const name = segment.slice(0, at);
    const value = segment.slice(at + 1);
    if (name === '' || value === '') {
      throw new PropertyStringError('missing key in comma-separated list property');
    }
    if (has(name)) throw new PropertyStringError(`${DUPLICATE}: ${name}`);
    const { alias = name, keyAlias } = format[name] ?? {};
    if (keyAlias !== undefined) {
      if (has(keyAlias)) throw new PropertyStringError(`key alias '${keyAlias}' is already defined`);
      result[keyAlias] = name;
    }
    // Only a key by its own name is a duplicate: of a key and its alias, or of two aliases, the last one counts.
    result[alias] = value;
  }
  return result;
}

/**
 * Puts a property string together in the order that Proxmox VE prints (print_property_string): the default key first
 * and without its name, then the rest sorted by name. A key with a `keyAlias` form (`model` and `macaddr` of a NIC)
 * is printed as `virtio=MAC`. Nothing is added or dropped for being a default. Throws `PropertyStringError` for a value
 * with a comma, which no property string can hold.
 */
export function printPropertyString(values: PropertyString, format: PropertyFormat): string {
  const rest: Record<string, string> = { ...values };
  for (const [key, value] of Object.entries(rest)) {
    if (value.includes(',')) throw new PropertyStringError(`illegal value with commas for ${key}`);
  }
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
  // Without its name, a value with `=` would be read as another key's.
  if (defaultKey !== undefined && rest[defaultKey]?.includes('=') === false) {
    parts.push(rest[defaultKey]);
    delete rest[defaultKey];
  }
  for (const key of Object.keys(rest).sort()) parts.push(`${format[key]?.writtenAs ?? key}=${rest[key]}`);
  return parts.join(',');
}
