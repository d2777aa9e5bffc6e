import { PvevmError } from '../core/error.ts';
import { isObject } from '../core/json.ts';

/** One object of an answer, read key by key. Numbers and flags may come as text (`"1"`), as Proxmox VE often does. */
export interface Row {
  /** The text under a key; throws where there is none. A number becomes its text. */
  text(key: string): string;
  optionalText(key: string): string | undefined;
  /** The number under a key; throws where there is none. */
  number(key: string): number;
  optionalNumber(key: string): number | undefined;
  /** 1, `"1"` and true are true; 0, `"0"`, `""`, false and absence are false. */
  flag(key: string): boolean;
  /** A list such as `images,rootdir` or `a;b`, in the order given; empty where there is none. */
  list(key: string): readonly string[];
  /** The value itself. */
  raw(key: string): unknown;
}

/** The objects of an answer that is a list of them; throws `PVE_ERROR` naming the path where it is not. */
export function objectsOf(path: string, data: unknown): readonly Readonly<Record<string, unknown>>[] {
  if (!Array.isArray(data)) throw unexpected(path, 'it is no list');
  for (const item of data) if (!isObject(item)) throw unexpected(path, 'it is no object');
  // Checked above.
  return data as readonly Readonly<Record<string, unknown>>[];
}

/** The rows of an answer that is a list of objects; throws `PVE_ERROR` naming the path where it is not. */
export function rowsOf(path: string, data: unknown): readonly Row[] {
  if (!Array.isArray(data)) throw unexpected(path, 'it is no list');
  return data.map((item: unknown) => rowOf(path, item));
}

function optionalTextOf(path: string, data: Readonly<Record<string, unknown>>, key: string): string | undefined {
  const value = data[key];
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'string') return value;
  if (typeof value === 'number') return String(value);
  throw unexpected(path, `${key} is no text`);
}

/** The text under a key of an object of an answer; throws where there is none. */
export function textOf(path: string, data: Readonly<Record<string, unknown>>, key: string): string {
  return optionalTextOf(path, data, key) ?? missing(path, key);
}

/** The number under a key of an object of an answer. */
export function optionalNumberOf(
  path: string,
  data: Readonly<Record<string, unknown>>,
  key: string,
): number | undefined {
  const value = data[key];
  if (value === undefined || value === null || value === '') return undefined;
  const number = typeof value === 'string' || typeof value === 'number' ? Number(value) : Number.NaN;
  if (Number.isFinite(number)) return number;
  throw unexpected(path, `${key} is no number`);
}

/** An answer that is one object; throws `PVE_ERROR` naming the path where it is not. */
export function rowOf(path: string, data: unknown): Row {
  if (!isObject(data)) throw unexpected(path, 'it is no object');
  const optionalText = (key: string): string | undefined => optionalTextOf(path, data, key);
  const optionalNumber = (key: string): number | undefined => optionalNumberOf(path, data, key);
  return {
    text: (key) => optionalText(key) ?? missing(path, key),
    optionalText,
    number: (key) => optionalNumber(key) ?? missing(path, key),
    optionalNumber,
    flag: (key) => data[key] === true || (data[key] !== false && optionalNumber(key) === 1),
    list: (key) => (optionalText(key) ?? '').split(/[,;\s]+/).filter((item) => item !== ''),
    raw: (key) => data[key],
  };
}

/** The error for an answer that has another shape than Proxmox VE's. */
export function unexpected(path: string, why: string): PvevmError {
  return new PvevmError('PVE_ERROR', `cannot understand the answer of ${path}: ${why}`);
}

function missing(path: string, key: string): never {
  throw unexpected(path, `${key} is missing`);
}
