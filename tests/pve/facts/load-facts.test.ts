import { describe, expect, it } from 'vitest';
import type { ApiFacts, ParameterFact } from '../../../src/pve/facts/facts.ts';
import { FACT_VERSIONS, loadFacts } from '../../../src/pve/facts/load-facts.ts';
import { patternOf } from '../../../src/pve/facts/pattern.ts';

const TYPES = ['string', 'ip', 'integer', 'number', 'boolean', 'array', 'object', undefined];
const KEYS = new Set([
  'type',
  'optional',
  'default',
  'enum',
  'minimum',
  'maximum',
  'minLength',
  'maxLength',
  'pattern',
  'format',
  'requires',
  'items',
  'default_key',
  'alias',
  'keyAlias',
]);

function parametersOf(facts: ApiFacts): readonly (readonly [name: string, fact: ParameterFact])[] {
  const named = facts.endpoints.flatMap((endpoint) =>
    Object.entries(endpoint.parameters).map(
      ([name, fact]) => [`${endpoint.method} ${endpoint.path} ${name}`, fact] as const,
    ),
  );
  const nested = Object.entries(facts.formats).flatMap(([format, keys]) =>
    keys === 'validator' ? [] : Object.entries(keys).map(([key, fact]) => [`${format}.${key}`, fact] as const),
  );
  const items = [...named, ...nested].flatMap(([name, fact]) =>
    fact.items === undefined ? [] : [[name, fact.items] as const],
  );
  return [...named, ...nested, ...items];
}

describe.each(FACT_VERSIONS)('the facts of %s', async (version) => {
  const facts = await loadFacts(version);

  it('say which version they are of', () => {
    expect(facts.version).toBe(version);
  });

  it('hold only what the type says, with numbers as numbers', () => {
    for (const [name, fact] of parametersOf(facts)) {
      expect(
        Object.keys(fact).filter((key) => !KEYS.has(key)),
        name,
      ).toEqual([]);
      expect(TYPES, name).toContain(fact.type);
      for (const key of ['minimum', 'maximum', 'minLength', 'maxLength'] as const) {
        expect(['number', 'undefined'], `${name} ${key}`).toContain(typeof fact[key]);
      }
      for (const choice of fact.enum ?? []) expect(typeof choice, name).toBe('string');
    }
  });

  it('name no format that is not there, and none that nothing names', () => {
    const named = new Set<string>();
    for (const [name, { format }] of parametersOf(facts)) {
      if (format === undefined) continue;
      expect(typeof format, name).toBe('string');
      const base = Object.hasOwn(facts.formats, format) ? format : format.replace(/-(list|alist|opt)$/, '');
      expect(Object.keys(facts.formats), name).toContain(base);
      named.add(base);
    }
    expect([...named].sort()).toEqual(Object.keys(facts.formats));
  });

  it('have patterns that can be used', () => {
    for (const [name, { pattern }] of parametersOf(facts)) {
      if (pattern !== undefined) expect(() => patternOf(pattern), name).not.toThrow();
    }
  });

  it('hold each method of a path once', () => {
    const methods = facts.endpoints.map(({ method, path }) => `${method} ${path}`);
    expect(methods).toEqual([...new Set(methods)]);
  });

  it('know a guest’s drives and network devices, with their formats', () => {
    const create = facts.endpoints.find(({ method, path }) => method === 'POST' && path === '/nodes/{node}/qemu');
    expect(create?.parameters['net[n]']).toEqual({ type: 'string', optional: 1, format: 'qemu-net' });
    expect(create?.parameters['scsi[n]']?.format).toBe('qemu-scsi');
    expect(create?.parameters['vmid']?.minimum).toBe(version === '7.4' ? 1 : 100);
    expect(create?.parameters['agent']?.format).toBe('qemu-agent');
    expect(facts.formats['qemu-net']).toMatchObject({
      model: { default_key: 1 },
      virtio: { alias: 'macaddr', keyAlias: 'model' },
    });
  });

  it('give a drive of an update the same format as that of a create', () => {
    const formatOf = (method: string, path: string) =>
      facts.endpoints.find((one) => one.method === method && one.path === path)?.parameters['scsi[n]']?.format;
    expect(formatOf('PUT', '/nodes/{node}/qemu/{vmid}/config')).toBe(formatOf('POST', '/nodes/{node}/qemu'));
  });

  it('hold no words in the place of a default, and nothing of an endpoint but its facts', () => {
    for (const [name, fact] of parametersOf(facts)) {
      expect(String(fact.default ?? ''), name).not.toMatch(/\s/);
      if (fact.type === 'integer' || fact.type === 'number') {
        expect(['number', 'undefined'], name).toContain(typeof fact.default);
      }
    }
    const known = 'path method name protected proxyto allowtoken permissions parameters returns'.split(' ');
    for (const endpoint of facts.endpoints) expect(known).toEqual(expect.arrayContaining(Object.keys(endpoint)));
  });
});

it('the versions are those that the sandbox and the client know, newest first', () => {
  expect(FACT_VERSIONS).toEqual(['9.2', '9.1', '8.4', '7.4']);
});

it('named formats of another version are admitted', async () => {
  const facts = await Promise.all(FACT_VERSIONS.map(loadFacts));
  const borrowed = facts.filter(({ formatsOf }) => formatsOf !== undefined);
  expect(borrowed.map(({ version, formatsOf }) => [version, formatsOf])).toEqual([
    ['9.1', '9.2'],
    ['7.4', '8.4'],
  ]);
});

it('what changed between versions is of each its own', async () => {
  const [newest, oldest] = [await loadFacts('9.2'), await loadFacts('7.4')];
  const has = (path: string, { endpoints }: ApiFacts): boolean => endpoints.some((endpoint) => endpoint.path === path);
  expect(
    ['/cluster/ha/rules', '/nodes/{node}/ceph/pools'].map((path) => [has(path, newest), has(path, oldest)]),
  ).toEqual([
    [true, false],
    [false, true],
  ]);
});
