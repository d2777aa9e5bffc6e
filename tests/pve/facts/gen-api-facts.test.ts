import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ApiFacts } from '../../../src/pve/facts/facts.ts';
import { factsAt, type StoredFacts } from '../../../src/pve/facts/facts-at.ts';

const root = join(dirname(fileURLToPath(import.meta.url)), '../../..');
const script = join(root, 'scripts/gen-api-facts.mjs');

let folder = '';

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'pvevm-facts-'));
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

function source(name: string, content: string | object): string {
  const file = join(folder, name);
  writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content));
  return file;
}

const out = (): string => join(folder, 'out');

function generate(...args: readonly string[]): string {
  return execFileSync(process.execPath, [script, '--out', out(), ...args], { encoding: 'utf8' });
}

function bytes(): string {
  return readdirSync(out())
    .sort()
    .map((name) => readFileSync(join(out(), name), 'utf8'))
    .join('');
}

function read(version: string): ApiFacts {
  // What was written a moment ago; the tests look at what it holds.
  return factsAt(JSON.parse(readFileSync(join(out(), 'api-facts.json'), 'utf8')) as StoredFacts, version);
}

/** What a host serves: a tree, and the viewer's own code behind it. */
function viewerData(declaration: string, maximum: string): string {
  const tree = [
    {
      path: '/things',
      text: 'things',
      leaf: 0,
      info: {
        POST: {
          name: 'create',
          method: 'POST',
          description: 'A "quoted" word, a ] and a \\ in it',
          allowtoken: 1,
          protected: 1,
          permissions: { description: 'words', check: ['perm', '/', ['Sys.Modify']] },
          parameters: {
            additionalProperties: 0,
            properties: {
              size: { type: 'integer', minimum: '1', maximum, description: 'words', typetext: '<integer>' },
              'net[n]': {
                type: 'string',
                optional: 1,
                format: { bridge: { type: 'string', default_key: 1, format: 'pve-bridge-id', description: 'words' } },
              },
            },
          },
          returns: { type: 'string' },
        },
      },
      children: [
        {
          path: '/things/{id}',
          text: '{id}',
          leaf: 1,
          info: {
            GET: {
              name: 'read',
              method: 'GET',
              parameters: { properties: { id: { type: 'string', enum: null } } },
              returns: { type: 'object', properties: { size: { type: 'integer', description: 'words' } } },
            },
          },
        },
      ],
    },
  ];
  return `${declaration} = ${JSON.stringify(tree, null, 3)}\n;\n\nExt.onReady(function() { throw new Error('run'); });\n`;
}

describe('the data of an API viewer', { timeout: 60_000 }, () => {
  it.each(['const apiSchema', 'var pveapi'])('is read where it begins with %s', (declaration) => {
    generate('--version', '9.3', source('apidoc.js', viewerData(declaration, '8')));
    expect(read('9.3')).toEqual({
      version: '9.3',
      formats: { 'pve-bridge-id': 'validator', 'things-net': expect.anything() },
      endpoints: [
        {
          path: '/things',
          method: 'POST',
          name: 'create',
          protected: 1,
          allowtoken: 1,
          permissions: { check: ['perm', '/', ['Sys.Modify']] },
          parameters: {
            'net[n]': { type: 'string', optional: 1, format: 'things-net' },
            size: { type: 'integer', minimum: 1, maximum: 8 },
          },
          returns: 'string',
        },
        {
          path: '/things/{id}',
          method: 'GET',
          name: 'read',
          parameters: { id: { type: 'string' } },
          returns: 'object',
        },
      ],
    });
    expect(read('9.3').formats['things-net']).toEqual({
      bridge: { type: 'string', default_key: 1, format: 'pve-bridge-id' },
    });
    expect(bytes()).not.toContain('words');
    expect(bytes()).toContain('"GET /things/{id}":{"type":"object","properties":{"size":{"type":"integer"}}}');
  });

  it('has its version from its name where that ends in one', () => {
    generate(source('apidoc-9.3.js', viewerData('const apiSchema', '8')));
    expect(read('9.3').endpoints).toHaveLength(2);
  });

  it('without a version is refused', () => {
    const file = source('apidoc.js', viewerData('const apiSchema', '8'));
    const { status, stderr } = spawnSync(process.execPath, [script, '--out', out(), file], { encoding: 'utf8' });
    expect(status).toBe(1);
    expect(stderr).toContain('say --version 9.3');
  });
});

describe('a newer version', { timeout: 60_000 }, () => {
  it('is added to what is there, and only what differs is written twice', () => {
    generate(source('pve-9.2.js', viewerData('const apiSchema', '8')));
    const before = read('9.2');
    generate(source('pve-9.3.js', viewerData('const apiSchema', '16')));
    expect(read('9.2')).toEqual(before);
    expect(read('9.3').endpoints[0]?.parameters['size']).toEqual({ type: 'integer', minimum: 1, maximum: 16 });
    const text = bytes();
    expect(text).toContain('"maximum":{"@-9.2":8,"@9.3-":16}');
    expect(text.match(/"\/things"/g)).toHaveLength(1);
    expect(text).toContain("FACT_VERSIONS: readonly FactVersion[] = ['9.3', '9.2']");
  });

  it('gives the same bytes again from the same files, whatever their order and however many at a time', () => {
    const files = ['9.2', '9.3'].map((version) =>
      source(`pve-${version}.js`, viewerData('const apiSchema', version.slice(2))),
    );
    generate(...files);
    const first = bytes();
    generate(...files);
    expect(bytes()).toBe(first);
    for (const file of files.toReversed()) generate(file);
    expect(bytes()).toBe(first);
    rmSync(out(), { recursive: true });
    generate(...files.toReversed());
    expect(bytes()).toBe(first);
  });
});

describe('named formats', { timeout: 60_000 }, () => {
  const endpoints = [
    { path: '/a', method: 'GET', name: 'a', parameters: { b: { type: 'string', format: 'pve-b' } }, returns: {} },
  ];
  const formats = (maximum: number): object => ({ 'pve-b': { c: { type: 'integer', maximum, description: 'words' } } });

  it('are those of the version itself, else of the next newer one given, and what is written says so', () => {
    generate(
      source('pve-7.4.json', endpoints),
      source('pve-8.4.json', endpoints),
      source('pve-9.2.json', endpoints),
      source('formats-8.4.json', formats(8)),
      source('formats-9.2.json', formats(9)),
    );
    expect(['7.4', '8.4', '9.2'].map((version) => read(version).formats['pve-b'])).toEqual([
      { c: { type: 'integer', maximum: 8 } },
      { c: { type: 'integer', maximum: 8 } },
      { c: { type: 'integer', maximum: 9 } },
    ]);
    expect(['7.4', '8.4', '9.2'].map((version) => read(version).formatsOf)).toEqual(['8.4', undefined, undefined]);
  });

  it('are those of the nearest stored version where none are given', () => {
    generate(source('pve-9.2.json', endpoints), source('formats-9.2.json', formats(9)));
    generate(source('pve-9.3.json', endpoints));
    expect(read('9.3').formats).toEqual(read('9.2').formats);
    expect(read('9.3').formatsOf).toBe('9.2');
  });

  it('a format given in place never takes the name of a named one', () => {
    const both = { d: { type: 'string', format: { e: { type: 'string' } } }, b: { type: 'string', format: 'x-d' } };
    const clash = [{ path: '/x', method: 'GET', name: 'x', parameters: both, returns: {} }];
    generate(source('pve-9.2.json', clash), source('formats-9.2.json', { 'x-d': { f: { type: 'string' } } }));
    const { formats: found, endpoints: one } = read('9.2');
    expect(found[one[0]?.parameters['b']?.format ?? '']).toEqual({ f: { type: 'string' } });
    expect(found[one[0]?.parameters['d']?.format ?? '']).toEqual({ e: { type: 'string' } });
  });
});
