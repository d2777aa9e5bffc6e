import { expect, it } from 'vitest';
import { factsAt, type StoredFacts } from '../../../src/pve/facts/facts-at.ts';

const VERSIONS = ['7.4', '8.4', '9.1', '9.2'];

function stored(parameters: object): StoredFacts {
  const endpoint = { path: '/x', method: 'GET', name: 'x', parameters, returns: 'null' };
  return { versions: VERSIONS, formatsOf: { '7.4': '8.4' }, formats: {}, endpoints: [endpoint] };
}

function parametersByVersion(parameters: object): readonly unknown[] {
  return VERSIONS.map((version) => factsAt(stored(parameters), version).endpoints[0]?.parameters);
}

it.each([
  ['8.4-', [false, true, true, true]],
  ['-8.4', [true, true, false, false]],
  ['8.4-9.1', [false, true, true, false]],
  ['9.1', [false, false, true, false]],
  ['-7.4,9.1-', [true, false, true, true]],
])('a parameter of %s is there in those versions only', (range, there) => {
  const found = parametersByVersion({ a: { [`@${range}`]: { type: 'string' } } });
  expect(found).toEqual(there.map((is) => (is ? { a: { type: 'string' } } : {})));
});

it('a bound has the value of its version, and is left out where it has none', () => {
  const found = parametersByVersion({ a: { type: 'integer', maximum: { '@8.4': 1, '@9.1-': 2 } } });
  const [type, one, two] = [{ type: 'integer' }, { type: 'integer', maximum: 1 }, { type: 'integer', maximum: 2 }];
  expect(found).toEqual([{ a: type }, { a: one }, { a: two }, { a: two }]);
});

it('ranges stand within ranges', () => {
  const found = parametersByVersion({ a: { '@8.4-': { type: 'string', format: { '@9.2-': 'x' } } } });
  expect(found).toEqual([
    {},
    { a: { type: 'string' } },
    { a: { type: 'string' } },
    { a: { type: 'string', format: 'x' } },
  ]);
});

it('an endpoint that a version does not have is not among its facts', () => {
  const { endpoints, ...rest } = stored({});
  const only = { ...rest, endpoints: [{ '@9.2-': endpoints[0] }] };
  expect(VERSIONS.map((version) => factsAt(only, version).endpoints.length)).toEqual([0, 0, 0, 1]);
});

it('says where the named formats of a version are of another one', () => {
  expect(factsAt(stored({}), '7.4').formatsOf).toBe('8.4');
  expect(factsAt(stored({}), '9.2')).not.toHaveProperty('formatsOf');
});

it('refuses a version that is not there, and names those that are', () => {
  expect(() => factsAt(stored({}), '9.9')).toThrow('no API facts of Proxmox VE 9.9; there are 7.4, 8.4, 9.1, 9.2');
});
