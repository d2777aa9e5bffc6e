// What the generators know of schema/: the schemas, and their x-pve annotations.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import Ajv from 'ajv';

const readJson = (path) => JSON.parse(readFileSync(path, 'utf8'));

/** The schemas of a folder by kind, in the order of their names. */
export function loadSchemas(folder) {
  const names = readdirSync(folder)
    .filter((file) => file.endsWith('.schema.json') && file !== 'pvevm.schema.json')
    .map((file) => file.slice(0, -'.schema.json'.length))
    .sort();
  return new Map(names.map((name) => [name, readJson(join(folder, `${name}.schema.json`))]));
}

/** An Ajv that knows `x-pve`, checks it against the folder's meta-schema, and refuses unknown keywords. */
export function createAjv(folder, options) {
  const ajv = new Ajv({ allErrors: true, strict: true, allowUnionTypes: true, strictRequired: false, ...options });
  ajv.addKeyword({ keyword: 'x-pve', metaSchema: readJson(join(folder, 'x-pve.meta.json')) });
  // For editors: what they offer to insert.
  ajv.addKeyword({ keyword: 'defaultSnippets', schemaType: 'array' });
  // For the examples: what a document around one has besides, by pointer.
  ajv.addKeyword({ keyword: 'beside', schemaType: 'object' });
  return ajv;
}

/** The node of a schema that stands behind a reference within it. */
export function resolveNode(schema, node) {
  return node.$ref === undefined ? node : resolveNode(schema, schema.definitions[node.$ref.split('/').at(-1)]);
}

/**
 * What stands for the slots of a map in a path, with their nodes: `*` where all slots are alike, and the config key, as in
 * `usb*`, where there are several sorts.
 */
export function slotsOf(schema, node) {
  const children = Object.values(node.patternProperties ?? {});
  if (children.length < 2) return children.map((child) => ['*', child]);
  return children.map((child) => [resolveNode(schema, child)['x-pve'].key, child]);
}

// What says how a document is read, rather than what a guest is.
const NO_FIELDS = new Set(['apiVersion', 'kind', 'vmid', 'defaults', 'ignore']);

/**
 * The fields of a kind's schema with their annotations, depth first, in the order of the schema. Throws for a field
 * without a description, and for a config key without a codec.
 */
export function fieldsOf(schema) {
  const fields = [];
  const fail = (path, lack) => {
    throw new Error(`${schema.$id}: ${path} has ${lack}`);
  };
  const add = (path, raw, node) => {
    const annotation = raw['x-pve'] ?? node['x-pve'];
    const fallback = raw.default ?? node.default;
    if (path === '' || (annotation === undefined && fallback === undefined)) return;
    const { key = false, ...rest } = annotation ?? {};
    const description = raw.description ?? node.description;
    if (description === undefined) fail(path, 'no description');
    if (key !== false && rest.codec === undefined && rest.shorthand === undefined) fail(path, 'a key and no codec');
    const writeOnly = raw.writeOnly ?? node.writeOnly;
    const secret = writeOnly === true ? { writeOnly } : {};
    fields.push({
      path,
      key,
      ...rest,
      ...secret,
      ...(fallback === undefined ? {} : { default: fallback }),
      description,
    });
  };
  const visit = (raw, path) => {
    const node = resolveNode(schema, raw);
    add(path, raw, node);
    for (const part of [node, ...(node.anyOf ?? [])].map((candidate) => resolveNode(schema, candidate))) {
      for (const [name, child] of Object.entries(part.properties ?? {})) {
        const at = path === '' ? name : `${path}.${name}`;
        if ((child.description ?? resolveNode(schema, child).description) === undefined) fail(at, 'no description');
        if (!NO_FIELDS.has(at)) visit(child, at);
      }
      for (const [slot, child] of slotsOf(schema, part)) visit(child, `${path}.${slot}`);
    }
  };
  visit(schema, '');
  return fields;
}
