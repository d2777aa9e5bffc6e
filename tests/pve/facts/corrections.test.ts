import { expect, it } from 'vitest';
import { corrected } from '../../../scripts/api-facts/corrections.mjs';
import { storedResults } from '../../../scripts/api-facts/stored.mjs';

const { results } = storedResults();

it('every correction still has something to correct', () => {
  expect(corrected(results).stale).toEqual([]);
});

it('corrections widen what the schemas say, and leave the rest', () => {
  const { results: made } = corrected(results);
  expect(made['GET /cluster/nextid']).toEqual({ union: [{ type: 'integer' }, { type: 'string' }] });
  expect(made['GET /version']).toEqual(results['GET /version']);
});

it('a correction that a newer version has made itself is left out and named', () => {
  const { results: made, stale } = corrected({
    'GET /cluster/config': { type: 'array', items: { properties: { name: { type: 'integer' } } } },
  });
  expect(made).toEqual({
    'GET /cluster/config': { type: 'array', items: { properties: { name: { type: 'integer' } } } },
  });
  expect(stale).toContain('GET /cluster/config [].name +string');
});
