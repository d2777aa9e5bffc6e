// schema/pvevm.schema.json, the schema of any document for editors: all kinds in one file, told apart by `kind`, with
// more to read than the kinds' own schemas, and with placeholders allowed: an editor sees `cores: ${var.cores}`, where the
// check of a document sees the number that it stands for.
import { factsOf } from './field-facts.mjs';

const PLACEHOLDER = '\\$\\{';

// Whose value says how the rest is read.
const NO_PLACEHOLDER = new Set(['apiVersion', 'kind']);

const SCALARS = ['boolean', 'integer', 'number'];

const mapValues = (object, change) =>
  Object.fromEntries(Object.entries(object ?? {}).map(([key, value]) => [key, change(value, key)]));

/** A node that takes a placeholder too, where it takes anything narrower than text. */
function withPlaceholder(node) {
  const types = [node.type ?? []].flat();
  const { enum: values, const: only, type, ...rest } = node;
  if (values !== undefined || only !== undefined) {
    return { ...rest, anyOf: [{ enum: values ?? [only] }, { type: 'string', pattern: PLACEHOLDER }] };
  }
  if (types.includes('string')) {
    if (node.pattern === undefined) return node;
    return {
      ...node,
      pattern: `(${node.pattern})|${PLACEHOLDER}`,
      patternErrorMessage: `Expected: ${node.description}`,
    };
  }
  if (!types.some((name) => SCALARS.includes(name))) return node;
  const what = types.filter((name) => name !== 'null').join(' or ');
  return {
    ...rest,
    type: [...types, 'string'],
    pattern: PLACEHOLDER,
    patternErrorMessage: `Expected: ${what}, or a placeholder as in \${var.NAME}.`,
  };
}

/** A node without its alternative of a list: the short form is allowed, and an editor offers the map. */
function mapBeforeList(node) {
  const { type, items, ...rest } = node;
  if (!Array.isArray(type) || !type.includes('object') || !type.includes('array')) return node;
  const { description, markdownDescription, examples, defaultSnippets, ...map } = rest;
  const words = Object.fromEntries(
    Object.entries({ description, markdownDescription, examples, defaultSnippets }).filter(
      ([, value]) => value !== undefined,
    ),
  );
  const others = type.filter((name) => name !== 'array');
  return {
    ...words,
    anyOf: [
      { ...words, ...map, type: others },
      { type: 'array', items },
    ],
  };
}

/** What an editor shows of a field: its description, then what it becomes. */
function withWords(schema, node) {
  const annotation = node['x-pve'];
  if (node.description === undefined || annotation === undefined) return {};
  const facts = factsOf(schema, node, { ...annotation, default: node.default }).filter(([name]) => name !== 'Value');
  const lines = facts.map(([name, words]) => `- **${name}**: ${words}`);
  return lines.length === 0 ? {} : { markdownDescription: [node.description, '', ...lines].join('\n') };
}

/** A kind's schema as a part of the one file, at `#/definitions/KIND`. */
function partOf(kind, schema) {
  const home = `#/definitions/${kind}`;
  const visit = (node, name) => {
    // An editor would write the defaults out wherever it completes a key; what they are stands in the words.
    const { 'x-pve': _annotation, default: _default, beside: _beside, $ref: own, allOf, ...rest } = node;
    // An editor merges a reference with what stands beside it, and so prefers the field's words to the definition's.
    const $ref = own ?? allOf?.[0].$ref;
    if ($ref !== undefined) {
      const [file, pointer] = $ref.split('#');
      const target = file === '' ? home : `#/definitions/${file.replace('.schema.json', '')}`;
      return { ...rest, ...withWords(schema, node), $ref: `${target}${pointer ?? ''}` };
    }
    const children = {
      ...(rest.properties === undefined ? {} : { properties: mapValues(rest.properties, visit) }),
      ...(rest.patternProperties === undefined
        ? {}
        : { patternProperties: mapValues(rest.patternProperties, (child) => visit(child)) }),
      ...(rest.definitions === undefined ? {} : { definitions: mapValues(rest.definitions, (child) => visit(child)) }),
      ...(rest.items === undefined ? {} : { items: visit(rest.items) }),
      ...(typeof rest.additionalProperties === 'object'
        ? { additionalProperties: visit(rest.additionalProperties) }
        : {}),
      ...mapValues(
        Object.fromEntries(['anyOf', 'oneOf'].filter((key) => rest[key]).map((key) => [key, rest[key]])),
        (parts) => parts.map((part) => visit(part)),
      ),
    };
    const whole = { ...rest, ...withWords(schema, node), ...children };
    return NO_PLACEHOLDER.has(name) ? whole : mapBeforeList(withPlaceholder(whole));
  };
  const { $schema: _schema, $id: _id, defaultSnippets: _snippets, required, ...rest } = visit(schema);
  // A base has no name, and nothing in a file tells that others extend it.
  return { ...rest, required: required.filter((key) => key !== 'name') };
}

/** The schema of any document, for editors: `kind` says which part holds, so that errors speak of that kind alone. */
export function editorSchema(schemas) {
  const names = [...schemas.keys()];
  const snippets = [...schemas.values()].flatMap((schema) => schema.defaultSnippets ?? []);
  const ofKind = (name) => ({ properties: { kind: { const: name } }, required: ['kind'] });
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    $id: 'pvevm.schema.json',
    title: 'pvevm',
    description: 'Any document of pvevm; `kind` says which.',
    type: 'object',
    required: ['kind'],
    properties: { kind: { description: 'The kind of object this document describes.', enum: names } },
    allOf: [
      // biome-ignore lint/suspicious/noThenProperty: the keyword of JSON Schema, and nothing awaits it
      ...names.map((name) => ({ if: ofKind(name), then: { $ref: `#/definitions/${name}` } })),
      { if: { required: ['kind'] }, else: { defaultSnippets: snippets } },
    ],
    definitions: Object.fromEntries([...schemas].map(([kind, schema]) => [kind, partOf(kind, schema)])),
  };
}
