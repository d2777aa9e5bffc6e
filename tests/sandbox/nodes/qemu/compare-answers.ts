import { isObject, type Json, jsonEqual } from '../../../../src/core/json.ts';

/** What an answer of the API says. */
export interface Answer {
  readonly status: number;
  readonly message?: string | undefined;
  readonly errors?: Readonly<Record<string, string>> | undefined;
  readonly data?: Json | undefined;
}

/** The parts of a guest's status that the sandbox has to know; the others are measurements. */
const STATUS_KEYS = new Set(
  'agent balloon_min cpus ha lock maxdisk maxmem name qmpstatus shares status tags template vmid'.split(' '),
);

/**
 * How an answer differs from the recorded one, as `key: recorded → answered`; an empty text where it does not. Keys of
 * the config that are `ignored` are not compared.
 */
export function differenceOf(
  path: string,
  recorded: Answer,
  answered: Answer,
  ignored: ReadonlySet<string> = new Set(),
): string {
  const [left, right] = [comparable(path, recorded), comparable(path, answered)];
  const keys = [...new Set([...Object.keys(left), ...Object.keys(right)])].sort();
  return keys
    .filter((key) => !ignored.has(key.replace(/\..*/, '')))
    .filter((key) => !jsonEqual(left[key] ?? null, right[key] ?? null))
    .map((key) => `${key}: ${JSON.stringify(left[key])} → ${JSON.stringify(right[key])}`)
    .join('; ');
}

function comparable(path: string, { status, message, errors, data = null }: Answer): Record<string, Json> {
  const result: Record<string, Json> = { status, message: message?.trimEnd() ?? '' };
  for (const [key, text] of Object.entries(errors ?? {})) result[`errors.${key}`] = text;
  if (typeof data === 'string')
    result['data'] = data.startsWith('UPID:') ? data.split(':').slice(5).join(':') : mask('data', data);
  else if (Array.isArray(data)) for (const item of data) addItem(path, result, item);
  else if (isObject(data)) addFields(path, result, '', data);
  return result;
}

function addItem(path: string, result: Record<string, Json>, item: Json): void {
  if (!isObject(item)) return;
  const name = item['key'] ?? item['vmid'] ?? item['subdir'] ?? item['name'] ?? item['cmd'];
  if (name !== 'digest') addFields(path, result, `${name}.`, item);
}

function addFields(path: string, result: Record<string, Json>, prefix: string, data: Record<string, unknown>): void {
  const isStatus = /\/(?:qemu|status\/current)$/.test(path);
  for (const [key, value] of Object.entries(data)) {
    if (key === 'digest' || (isStatus && !STATUS_KEYS.has(key))) continue;
    if (key === 'snaptime') continue;
    result[prefix + key] = masked(prefix + key, value as Json);
  }
}

/** Generated addresses, ids and times are never the same twice; the order of volumes is that of a hash. */
function masked(key: string, value: Json): Json {
  if (typeof value === 'string') return mask(key, value);
  if (typeof value === 'number') return value > 1e17 ? 'NANOSECONDS' : value;
  if (Array.isArray(value)) {
    const items = value.map((item) => masked('', item));
    return key === 'local_disks' ? items.sort((a, b) => (volidOf(a) < volidOf(b) ? -1 : 1)) : items;
  }
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, masked('', item)]));
}

function volidOf(item: Json): string {
  return isObject(item) ? String(item['volid']) : '';
}

function mask(key: string, text: string): string {
  if (key.startsWith('vmgenid') && text.length === 36) return 'UUID';
  return text
    .replace(/BC:24:11(:[0-9A-F]{2}){3}/gi, 'MAC')
    .replace(/fe80::[0-9a-f:]+/g, 'LINK-LOCAL')
    .replace(/uuid=[0-9a-f-]{36}/g, 'uuid=UUID')
    .replace(/ctime=\d+/g, 'ctime=TIME');
}
