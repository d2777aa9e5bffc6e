import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { ParameterFact } from '../../../src/pve/facts/facts.ts';
import { FACT_VERSIONS, loadFacts } from '../../../src/pve/facts/load-facts.ts';

/** What the sources hold of a parameter; bounds may be text there, and flags too. */
type SourceParameter = Readonly<Record<string, unknown>>;

interface SourceEndpoint {
  readonly path: string;
  readonly method: string;
  readonly name: string;
  readonly protected?: unknown;
  readonly proxyto?: string;
  readonly allowtoken?: unknown;
  readonly permissions?: { readonly user?: string; readonly check?: unknown };
  readonly parameters: Readonly<Record<string, SourceParameter>>;
}

const FOLDER = process.env['PVEVM_API_FACTS'];

const here = FACT_VERSIONS.filter((version) => existsSync(fileOf(version)));

function fileOf(version: string): string {
  return join(FOLDER ?? '', `pve-${version}.json`);
}

function expectedOf(source: SourceParameter): Record<string, unknown> {
  const number = (key: string): number | undefined => (source[key] === undefined ? undefined : Number(source[key]));
  const choices = source['enum'];
  return {
    type: source['type'],
    optional: Number(source['optional'] ?? 0) === 1 ? 1 : undefined,
    enum: Array.isArray(choices) ? choices.map(String) : undefined,
    minimum: number('minimum'),
    maximum: number('maximum'),
    minLength: number('minLength'),
    maxLength: number('maxLength'),
    pattern: source['pattern'],
    requires: source['requires'],
  };
}

function foundOf(fact: ParameterFact | undefined, expected: Record<string, unknown>): unknown {
  return Object.fromEntries(Object.keys(expected).map((key) => [key, fact?.[key as keyof ParameterFact]]));
}

// The sources are not part of the project: without PVEVM_API_FACTS, which names their folder, these tests are skipped.
describe.skipIf(FOLDER === undefined)('PVEVM_API_FACTS, without which this is skipped,', () => {
  it('has the sources of some versions', () => {
    expect(here).not.toEqual([]);
  });
});

describe.each(here)('the facts of %s, held against PVEVM_API_FACTS', async (version) => {
  // The files are lists of endpoints; the tests fail where they are not.
  const sources = JSON.parse(readFileSync(fileOf(version), 'utf8')) as readonly SourceEndpoint[];
  const facts = await loadFacts(version);
  const endpoints = new Map(facts.endpoints.map((endpoint) => [`${endpoint.method} ${endpoint.path}`, endpoint]));

  it('have every endpoint, and no other', () => {
    expect(sources.length).toBeGreaterThan(500);
    expect([...endpoints.keys()].sort()).toEqual(sources.map(({ method, path }) => `${method} ${path}`).sort());
  });

  it('have what is said of every endpoint', () => {
    for (const source of sources) {
      const { method, path, name, proxyto, permissions: { user, check } = {} } = source;
      const found = endpoints.get(`${method} ${path}`);
      const at = `${method} ${path}`;
      expect(found?.name, at).toBe(name);
      expect(found?.proxyto, at).toBe(proxyto);
      expect(found?.protected ?? 0, at).toBe(Number(source.protected ?? 0));
      expect(found?.allowtoken ?? 1, at).toBe(Number(source.allowtoken ?? 1));
      expect(found?.permissions ?? {}, at).toEqual({
        ...(user === undefined ? {} : { user }),
        ...(check === undefined ? {} : { check }),
      });
    }
  });

  it('have every parameter, with its type, bounds, choices and format', () => {
    for (const { method, path, parameters } of sources) {
      const found = endpoints.get(`${method} ${path}`)?.parameters ?? {};
      expect(Object.keys(found).sort(), `${method} ${path}`).toEqual(Object.keys(parameters).sort());
      for (const [name, source] of Object.entries(parameters)) {
        const at = `${method} ${path} ${name}`;
        const expected = expectedOf(source);
        expect(foundOf(found[name], expected), at).toEqual(expected);
        const format = source['format'] ?? undefined;
        if (typeof format !== 'object') {
          expect(found[name]?.format, at).toBe(format);
          continue;
        }
        const subKeys = facts.formats[found[name]?.format ?? ''];
        if (subKeys === undefined || subKeys === 'validator') expect.fail(`${at} has no sub-keys`);
        // The sub-keys of a format given in place are facts too.
        const given = format as Readonly<Record<string, SourceParameter>>;
        expect(Object.keys(subKeys).sort(), at).toEqual(Object.keys(given).sort());
        for (const [key, sub] of Object.entries(given)) {
          expect(foundOf(subKeys[key], expectedOf(sub)), `${at} ${key}`).toEqual(expectedOf(sub));
        }
      }
    }
  });
});
