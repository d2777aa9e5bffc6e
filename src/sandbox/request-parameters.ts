import { isObject } from '../core/json.ts';
import type { Behaviour } from './behaviour.ts';
import type { RawParameters, RawValue } from './check-parameters.ts';
import { MULTIPART, parseMultipart } from './multipart.ts';
import { WireError } from './wire-error.ts';

type Collected = Record<string, RawValue>;

/**
 * The parameters of a request: body and query in one, the query winning (pve-http-server:
 * PVE/APIServer/AnyEvent.pm, extract_params). Throws `WireError` for a body that cannot be read.
 */
export function requestParameters(
  query: string,
  contentType: string,
  body: Buffer,
  jsonErrorLines: Behaviour['jsonErrorLines'],
): RawParameters {
  const fromBody = bodyParameters(contentType, body, jsonErrorLines);
  // `_dc` is what browsers add against caches; the API never sees it.
  const { _dc, ...parameters } = { ...fromBody, ...parseForm(query) };
  return parameters;
}

function bodyParameters(contentType: string, body: Buffer, lines: Behaviour['jsonErrorLines']): RawParameters {
  if (contentType === MULTIPART) return parseMultipart(body);
  return contentType === 'application/json' ? parseJsonBody(body, lines) : parseForm(body.toString('latin1'));
}

/**
 * Proxmox VE's own form parser: splits at `&` and at `;`, keeps only what stands between the first and the second `=`,
 * and makes a list of a name that comes twice (AnyEvent.pm, decode_urlencoded).
 */
function parseForm(text: string): RawParameters {
  const result: Collected = {};
  for (const pair of text.split(/[&;]/)) {
    if (pair === '') continue;
    const [name = '', value = ''] = pair.split('=').map(decodeComponent);
    const before = Object.hasOwn(result, name) ? result[name] : undefined;
    if (before === undefined) result[name] = value;
    else result[name] = Array.isArray(before) ? [...before, value] : [String(before), value];
  }
  return result;
}

function decodeComponent(text: string): string {
  const bytes = text
    .replaceAll('+', ' ')
    .replace(/%([0-9a-fA-F]{2})/g, (_whole, digits: string) => String.fromCharCode(Number.parseInt(digits, 16)));
  // Text is UTF-8; what is not becomes the replacement character.
  return Buffer.from(bytes, 'latin1').toString('utf8');
}

function parseJsonBody(body: Buffer, [unreadable, noObject]: Behaviour['jsonErrorLines']): RawParameters {
  if (body.length === 0) return {};
  const text = body.toString('utf8');
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    const where = text.startsWith('{') ? { expected: `'"' expected`, at: 1 } : { expected: MALFORMED, at: 0 };
    throw new WireError(
      500,
      `${where.expected}, at character offset ${where.at} (before "${text.slice(where.at)}") ${AT} ${unreadable}.\n`,
    );
  }
  if (!isObject(value)) throw new WireError(500, `Not a HASH reference ${AT} ${noObject}.\n`);
  const result: Collected = {};
  for (const [name, item] of Object.entries(value)) {
    if (item !== null && item !== undefined) result[name] = rawValue(item);
  }
  return result;
}

const MALFORMED = 'malformed JSON string, neither tag, array, object, number, string or atom';
const AT = 'at /usr/share/perl5/PVE/APIServer/AnyEvent.pm line';

function rawValue(value: unknown): RawValue {
  if (Array.isArray(value)) return value.map(textOf);
  return isObject(value) ? { object: true } : textOf(value);
}

function textOf(value: unknown): string {
  return typeof value === 'boolean' ? (value ? '1' : '0') : String(value);
}
