import { validators } from '../../generated/schemas.ts';
import { factsOfField } from '../../report/field-facts.ts';
import { loadSchemas } from '../load-schemas.ts';
import type { Candidate } from './values.ts';

/** The kinds, and below the kind and path that a word begins with, the fields: for `vm.cpu.c`, those of `vm.cpu`. */
export async function fieldNames(word: string): Promise<readonly Candidate[]> {
  const [kind = '', ...words] = word.split('.');
  const kinds = Object.keys(validators).map((value) => ({ value, description: 'a kind' }));
  if (!kinds.some(({ value }) => value === kind)) return kinds;
  const facts = factsOfField(kind, words.slice(0, -1), await loadSchemas(), []);
  if ('unknown' in facts) return kinds;
  return [...kinds, ...facts.fields.map(({ path, description }) => ({ value: path, description }))];
}
