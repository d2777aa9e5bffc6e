import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { storedFacts, storedResults } from '../scripts/api-facts/stored.mjs';
import { editorSchema } from '../scripts/editor-schema.mjs';
import { clientPage } from '../scripts/gen-client-docs.mjs';
import { specPage } from '../scripts/gen-docs.mjs';
import { createAjv, fieldsOf, loadSchemas } from '../scripts/schemas.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const folder = join(root, 'schema');

type Node = Record<string, unknown>;

/** A schema of one field with this annotation, and with this description. */
function schemaWith(annotation: unknown, description: string | undefined = 'Cores.'): Node {
  const field = { ...(description === '' ? {} : { description }), type: 'integer', 'x-pve': annotation };
  return { $id: 'made-up.schema.json', type: 'object', properties: { cores: field } };
}

const GOOD = { key: 'cores', codec: 'integer', class: 'P', privilege: 'VM.Config.CPU' };

describe('what is committed', () => {
  it('schema/pvevm.schema.json is what npm run gen writes', () => {
    const written = readFileSync(join(folder, 'pvevm.schema.json'), 'utf8');
    expect(written).toBe(`${JSON.stringify(editorSchema(loadSchemas(folder)), null, 2)}\n`);
  });

  it('docs/spec.md is what npm run gen writes', () => {
    expect(readFileSync(join(root, 'docs/spec.md'), 'utf8')).toBe(specPage(loadSchemas(folder)));
  });

  it('docs/client.md is what npm run gen writes, with every endpoint', () => {
    const page = readFileSync(join(root, 'docs/client.md'), 'utf8');
    const facts = storedFacts();
    expect(page).toBe(clientPage(facts, storedResults()));
    const names = facts.at(-1)?.endpoints.map(({ method, path }) => `| \`${method} ${path}\` |`) ?? [];
    expect(names.length).toBeGreaterThan(600);
    expect(names.filter((name) => !page.includes(name))).toEqual([]);
  });

  it('docs/spec.md names every field', () => {
    const page = readFileSync(join(root, 'docs/spec.md'), 'utf8');
    const paths = fieldsOf(loadSchemas(folder).get('vm') ?? {}).map(({ path }) => path);
    expect(paths.length).toBeGreaterThan(80);
    expect(paths.filter((path) => !page.includes(`\n#### \`${path}\`\n`))).toEqual([]);
  });

  it('docs/spec.md has an index whose links lead to a field each', () => {
    const page = readFileSync(join(root, 'docs/spec.md'), 'utf8');
    const anchors = [...page.matchAll(/<a id="([^"]+)"><\/a>/g)].map(([, id = '']) => id);
    const links = [...page.matchAll(/\]\(#([^)]+)\)/g)].map(([, id = '']) => id);
    expect(links.length).toBeGreaterThan(100);
    expect(links).toEqual(anchors);
    expect(new Set(anchors).size).toBe(anchors.length);
  });

  it('docs/spec.md says of a field what it takes, becomes, needs and changes', () => {
    const page = readFileSync(join(root, 'docs/spec.md'), 'utf8');
    const entry = /^#### `disks\.\*\.iothread`\n\n(.*?)\n\n<a/ms.exec(page)?.[1];
    expect(entry).toMatchInlineSnapshot(`
      "A thread of its own for the disk's input and output.

      - **Value**: boolean, \`null\`
      - **Default**: \`true\`
      - **Same as absent**: \`false\`
      - **Proxmox VE**: the slot’s key, in it \`iothread\`; needs \`VM.Config.Disk\`
      - **Changing it**: restart
      - **Fits**: a virtio slot, or a scsi slot with \`system.scsiController: virtio-scsi-single\`
      - **Example**: \`disks: { scsi0: { iothread: false } }\`"
    `);
    expect(page).toContain('- **Versions**: 9.1 and newer\n');
    expect(page).toContain('- **Proxmox VE**: `allow-ksm`; needs `VM.Config.Memory`\n');
  });
});

describe('the descriptions', () => {
  it('stand on every property of every schema, for editors show them', () => {
    const undescribed: string[] = [];
    const visit = (value: unknown, definitions: Node, at: string): void => {
      if (typeof value !== 'object' || value === null) return;
      for (const [name, child] of Object.entries(value as Node)) {
        if (name === 'properties' || name === 'patternProperties') {
          for (const [key, property] of Object.entries(child as Record<string, Node>)) {
            const target = definitions[String(property['$ref'] ?? '').replace(/^.*\//, '')] as Node | undefined;
            const isReference = String(property['$ref'] ?? '').includes('.schema.json');
            if (property['description'] === undefined && target?.['description'] === undefined && !isReference) {
              undescribed.push(`${at}/${key}`);
            }
          }
        }
        // Examples of values are no schemas.
        if (!['default', 'examples', 'x-pve', 'enum', 'const'].includes(name))
          visit(child, definitions, `${at}/${name}`);
      }
    };
    for (const [kind, schema] of loadSchemas(folder)) visit(schema, (schema['definitions'] ?? {}) as Node, kind);
    expect(undescribed).toEqual([]);
  });

  it('a field without one fails the generator', () => {
    expect(() => fieldsOf(schemaWith(GOOD, ''))).toThrow('made-up.schema.json: cores has no description');
    expect(fieldsOf(schemaWith(GOOD))).toHaveLength(1);
  });
});

describe('the annotations', () => {
  const accepts = (annotation: unknown): void => {
    createAjv(folder).compile(schemaWith(annotation));
    fieldsOf(schemaWith(annotation));
  };

  it('a right one is taken', () => {
    expect(() => accepts(GOOD)).not.toThrow();
    expect(() => accepts({ key: false })).not.toThrow();
  });

  it.each([
    ['without a key', { codec: 'integer', class: 'P', privilege: 'VM.Config.CPU' }],
    ['with an empty key', { ...GOOD, key: '' }],
    ['with key: true', { ...GOOD, key: true }],
    ['with a key and no codec', { key: 'cores' }],
    ['with an unknown codec', { ...GOOD, codec: 'intger' }],
    ['with a codec and no class', { key: 'cores', codec: 'integer', privilege: 'VM.Config.CPU' }],
    ['with a codec and no privilege', { key: 'cores', codec: 'integer', class: 'P' }],
    ['with a sub-key and no codec', { key: 'cores', sub: 'x' }],
    ['with an unknown class', { ...GOOD, class: 'H:gpu' }],
    ['with a version that is none', { ...GOOD, since: '9' }],
    ['with a last version that is none', { ...GOOD, until: 'later' }],
    ['with creation that is no boolean', { ...GOOD, creation: 'yes' }],
    ['with no condition to fit', { ...GOOD, requires: [] }],
    ['with an empty condition', { ...GOOD, requires: [{}] }],
    ['with a shorthand that is a number', { ...GOOD, shorthand: 1 }],
    ['with an unknown list', { ...GOOD, list: 'usb' }],
    ['with a mistyped name', { ...GOOD, privelege: 'VM.Config.CPU' }],
    ['that is no map', 'cores'],
  ])('one %s fails the generator', (_what, annotation) => {
    expect(() => accepts(annotation)).toThrow();
  });

  it('a mistyped keyword of JSON Schema fails the generator', () => {
    const schema = { ...schemaWith(GOOD), propertys: {} };
    expect(() => createAjv(folder).compile(schema)).toThrow('propertys');
  });
});
