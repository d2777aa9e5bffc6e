import { PvevmError } from '../core/error.ts';
import type { Json } from '../core/json.ts';
import type { Params } from './reader.ts';

/** The methods of the Proxmox VE API. */
export type Method = 'GET' | 'POST' | 'PUT' | 'DELETE';

/**
 * A path with its `{…}` filled in, percent-encoded (UPIDs hold `:@!`, volume ids `/`). Throws `INTERNAL` where a value
 * is missing, or is one that would make another path of it.
 */
export function fillPath(path: string, values: Readonly<Record<string, string | number>> = {}): string {
  return path.replace(/\{([^}]*)\}/g, (_placeholder, name: string) => {
    const value = values[name];
    if (value === undefined) throw new PvevmError('INTERNAL', `no value for {${name}} in ${path}`);
    const text = String(value);
    if (text === '' || text === '.' || text === '..') {
      throw new PvevmError('INTERNAL', `'${text}' cannot be {${name}} in ${path}`);
    }
    return percentEncode(text);
  });
}

/** The parameters of a GET or DELETE as a query with its `?`; empty where there are none. */
export function queryOf(params: Params = {}): string {
  const parts: string[] = [];
  for (const [key, value] of Object.entries(params)) {
    if (value === undefined || value === null) continue;
    parts.push(`${percentEncode(key)}=${percentEncode(queryText(key, value))}`);
  }
  return parts.length === 0 ? '' : `?${parts.join('&')}`;
}

/** The parameters of a POST or PUT as JSON, without those that are null or undefined: Proxmox VE reads both as absent. */
export function bodyOf(params: Params = {}): string {
  return JSON.stringify(Object.fromEntries(Object.entries(params).filter(([, value]) => value !== null)));
}

function queryText(key: string, value: Json): string {
  if (typeof value === 'boolean') return value ? '1' : '0';
  if (Array.isArray(value)) return value.map((item) => queryText(key, item)).join(',');
  if (typeof value === 'object') throw new PvevmError('INTERNAL', `the parameter ${key} cannot be an object`);
  return String(value);
}

// encodeURIComponent leaves !'()* alone. Proxmox VE's parser splits a query at `;` and `=` too; both are encoded.
function percentEncode(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
