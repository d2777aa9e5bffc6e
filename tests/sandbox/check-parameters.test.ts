import { expect, it } from 'vitest';
import type { ApiFacts, EndpointFact } from '../../src/pve/facts/facts.ts';
import { ApiError } from '../../src/sandbox/api-error.ts';
import { checkParameters, type RawValue } from '../../src/sandbox/check-parameters.ts';

const FACTS: ApiFacts = { version: '9.2', formats: {}, endpoints: [] };
const ENDPOINT: EndpointFact = {
  ...{ path: '/x', method: 'POST', name: 'x', returns: 'null' },
  parameters: { words: { type: 'array', optional: 1, items: { type: 'string', maxLength: 3 } } },
};

it('takes a single value for an array, as a list of one', () => {
  expect(checkParameters(FACTS, ENDPOINT, { words: 'a' })).toEqual({ words: ['a'] });
  expect(checkParameters(FACTS, ENDPOINT, { words: ['a', 'b'] })).toEqual({ words: ['a', 'b'] });
});

it.each<[RawValue, Readonly<Record<string, string>>]>([
  [['a', 'long'], { 'words[1]': 'value may only be 3 characters long' }],
  [{ object: true }, { words: "type check ('array') failed - got HASH" }],
])('refuses %j for an array of short texts', (words, errors) => {
  let refusal: unknown;
  try {
    checkParameters(FACTS, ENDPOINT, { words });
  } catch (error) {
    refusal = error;
  }
  expect(refusal).toBeInstanceOf(ApiError);
  expect(refusal).toMatchObject({ status: 400, errors });
});
