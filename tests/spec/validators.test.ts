import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Ajv, type ValidateFunction } from 'ajv';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import type { Json } from '../../src/core/json.ts';
import { validators } from '../../src/generated/schemas.ts';
import type { Validate, ValidationError } from '../../src/generated/validators/validate.d.ts';

const root = join(dirname(fileURLToPath(import.meta.url)), '../..');

/** What is said of a document; by which way through the schema one comes to it is of no concern. */
function complaintsOf(errors: readonly Partial<ValidationError>[] | null | undefined): readonly unknown[] {
  return (errors ?? []).map(({ instancePath, keyword, params, message }) => ({
    ...{ instancePath, keyword, params, message },
  }));
}

function documentsBelow(folder: string): readonly Json[] {
  const files = readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' });
  return files
    .filter((file) => file.endsWith('.yaml'))
    .flatMap((file) => parseAllDocuments(readFileSync(join(root, folder, file), 'utf8')))
    .map((document) => document.toJS() as Json);
}

function pathsIn(value: Json, path: readonly string[] = []): readonly (readonly string[])[] {
  if (typeof value !== 'object' || value === null) return [path];
  return [path, ...Object.entries(value).flatMap(([key, child]) => pathsIn(child as Json, [...path, key]))];
}

/** A value with what stands at a path replaced, or with one more key there. */
function changedAt(value: Json, [key, ...rest]: readonly string[], change: (at: Json) => Json): Json {
  if (key === undefined) return change(value);
  const copy = structuredClone(value) as Record<string, Json>;
  copy[key] = changedAt(copy[key] ?? null, rest, change);
  return copy;
}

const replacement = fc.oneof(
  fc.constantFrom<Json>(null, true, false, 0, -1, 4, 1e9, 0.5, '', 'x', '4GiB', 'none', [], [''], [1, 1], {}, { x: 1 }),
  fc.jsonValue({ maxDepth: 1 }) as fc.Arbitrary<Json>,
);

describe('the validators that the generator makes', () => {
  const whole = new Map<string, ValidateFunction>();
  const made = new Map<string, Validate>();

  beforeAll(async () => {
    const ajv = new Ajv({ allErrors: true, strict: false, allowUnionTypes: true });
    const read = (kind: string) =>
      JSON.parse(readFileSync(join(root, `schema/${kind}.schema.json`), 'utf8')) as { readonly $id: string };
    const schemas = Object.keys(validators).map((kind) => [kind, read(kind)] as const);
    for (const [, schema] of schemas) ajv.addSchema(schema);
    for (const [kind, { $id }] of schemas) {
      const validate = ajv.getSchema($id);
      const own = await validators[kind]?.();
      if (validate !== undefined && own !== undefined) {
        whole.set(kind, validate);
        made.set(kind, own);
      }
    }
  }, 60_000);

  const bothSay = (kind: string, document: Json): readonly [readonly unknown[], readonly unknown[]] => {
    const [plain, own] = [whole.get(kind), made.get(kind)];
    if (plain === undefined || own === undefined) throw new Error(`no validators of ${kind}`);
    plain(document);
    own(document);
    return [complaintsOf(own.errors), complaintsOf(plain.errors)];
  };

  it('are of all kinds', () => {
    expect([...made.keys()]).toEqual(expect.arrayContaining(['vm', 'image', 'project']));
    expect(bothSay('vm', { kind: 'vm' })[0]).toHaveLength(1);
  });

  it('say of changed examples what Ajv says by the whole schemas', () => {
    const examples = [
      ...documentsBelow('examples'),
      { kind: 'image', name: 'a', url: 'https://a.test/a.iso', storage: 'local', node: 'pve1', checksum: 'sha256:00' },
      { kind: 'project', stack: 'lab', vars: { a: 1 }, defaults: { vm: { disks: { '*': { storage: 'a' } } } } },
    ];
    expect(examples.length).toBeGreaterThan(10);
    const changed = fc.constantFrom(...examples).chain((document) =>
      fc.record({
        document: fc.constant(document),
        path: fc.constantFrom(...pathsIn(document)),
        value: replacement,
        key: fc.option(fc.constantFrom('x', 'size', 'type', 'storage', 'scsi1', 'net9'), { nil: undefined }),
      }),
    );
    fc.assert(
      fc.property(changed, ({ document, path, value, key }) => {
        const kind = String((document as { readonly kind?: unknown }).kind);
        if (!made.has(kind)) return;
        const other = changedAt(document, path, (at) =>
          key !== undefined && typeof at === 'object' && at !== null && !Array.isArray(at)
            ? { ...at, [key]: value }
            : value,
        );
        const [own, plain] = bothSay(kind, other);
        expect(own).toEqual(plain);
      }),
      { numRuns: 1500 },
    );
  }, 60_000);
});
