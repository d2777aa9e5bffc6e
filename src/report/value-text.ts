import { isObject, type Json } from '../core/json.ts';
import { redact } from '../core/redact.ts';
import { sanitizeLine } from '../core/sanitize.ts';
import { displaySize, parseSize } from '../core/units.ts';

// So much of one value is shown; the JSON form of a plan has all of it.
const MAX_LENGTH = 72;

function cut(text: string): string {
  const characters = [...text];
  return characters.length <= MAX_LENGTH ? text : `${characters.slice(0, MAX_LENGTH - 1).join('')}…`;
}

function formatText(text: string): string {
  const bytes = /iB$/.test(text) ? parseSize(text) : undefined;
  return bytes === undefined ? cut(sanitizeLine(redact(text))) : displaySize(bytes);
}

/** A part of a device: `64 GiB on ceph-pool` and `virtio on vmbr0` say what most people look for first. */
function formatLead(value: Readonly<Record<string, Json>>): readonly [text: string, keys: readonly string[]] {
  const has = (key: string): boolean => typeof value[key] === 'string';
  const pair = has('size') && has('storage') ? ['size', 'storage'] : ['model', 'bridge'];
  const [what = '', where = ''] = pair;
  if (!has(what) || !has(where)) return ['', []];
  return [`${formatValue(value[what] ?? null)} on ${formatValue(value[where] ?? null)}`, pair];
}

function formatPart(key: string, value: Json): string {
  const name = sanitizeLine(key);
  if (value === true) return name;
  if (value === false) return `no ${name}`;
  return isObject(value) ? `${name} (${formatValue(value)})` : `${name} ${formatValue(value)}`;
}

/** A value of a spec for people, on one line: `2 GiB`, `64 GiB on ceph-pool, ssd, no backup`, `web, demo`, `(none)`. */
export function formatValue(value: Json): string {
  if (value === null) return '(none)';
  if (typeof value === 'string') return value === '' ? '""' : formatText(value);
  if (Array.isArray(value) && value.length > 1 && value.every((item) => isObject(item)))
    return `${value.length} entries`;
  if (Array.isArray(value)) return value.length === 0 ? '(empty)' : cut(value.map(formatValue).join(', '));
  if (!isObject(value)) return String(value);
  const parts = value as Readonly<Record<string, Json>>;
  const [lead, named] = formatLead(parts);
  const others = Object.keys(parts)
    .filter((key) => !named.includes(key))
    .map((key) => formatPart(key, parts[key] ?? null));
  return [...(lead === '' ? [] : [lead]), ...others].join(', ');
}

/** Several values that belong together, by their keys: `cores 4, type host`. */
export function formatParts(parts: ReadonlyMap<string, Json>): string {
  return [...parts].map(([key, value]) => formatPart(key, value)).join(', ');
}
