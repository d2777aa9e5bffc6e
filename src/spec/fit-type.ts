import type { Json } from '../core/json.ts';
import type { Located } from './schema-node.ts';
import { readScalar } from './variables.ts';

function accepts(located: readonly Located[], type: string): boolean {
  return located.some(({ node }) => {
    const types = [node.type ?? []].flat();
    if (type === 'boolean' && (node.const !== undefined || node.enum !== undefined))
      return [node.const, ...(node.enum ?? [])].some((value) => typeof value === 'boolean');
    // A text out of a few is no field of text: "2" and "true" are none of its values.
    if (type === 'string' && node.enum !== undefined) return false;
    return types.includes(type) || (type === 'number' && types.includes('integer'));
  });
}

/**
 * What a value made from placeholders is to a field: a text that is a decimal number or true or false is that where the
 * field takes it and takes no text, and what the command line gave is text where the field takes nothing else.
 */
export function fitType(value: Json, text: string | undefined, located: readonly Located[]): Json {
  if (typeof value === 'string') {
    const read = readScalar(value);
    return typeof read !== 'string' && accepts(located, typeof read) && !accepts(located, 'string') ? read : value;
  }
  const given = text !== undefined && (typeof value === 'number' || typeof value === 'boolean');
  return given && !accepts(located, typeof value) && accepts(located, 'string') ? text : value;
}
