import { isObject, type Json, type JsonObject } from '../core/json.ts';

function splitNumber(key: string): readonly [text: string, number: number] {
  const match = /^(.*?)(\d+)$/.exec(key);
  return match === null ? [key, -1] : [match[1] ?? '', Number(match[2])];
}

const ENDS_IN_NUMBER = /\d$/;

function byKey(left: string, right: string): number {
  if (!ENDS_IN_NUMBER.test(left) && !ENDS_IN_NUMBER.test(right)) return left < right ? -1 : 1;
  const [leftText, leftNumber] = splitNumber(left);
  const [rightText, rightNumber] = splitNumber(right);
  if (leftText !== rightText) return leftText < rightText ? -1 : 1;
  return leftNumber - rightNumber || (left < right ? -1 : 1);
}

/** A value with the keys of all its maps in one order, `scsi2` before `scsi10`; the order of lists stays. */
export function sortKeys(value: Json): Json {
  if (Array.isArray(value)) return value.map((item: Json) => sortKeys(item));
  if (!isObject(value)) return value;
  const object = value as JsonObject;
  return Object.fromEntries(
    Object.keys(object)
      .sort(byKey)
      .map((key) => [key, sortKeys(object[key] ?? null)]),
  );
}
