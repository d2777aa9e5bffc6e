// A JSON Schema as validators are made of it: the same rules, in the form that makes the smallest code.

const ANNOTATIONS = new Set(['beside', 'default', 'defaultSnippets', 'description', 'examples', 'title', 'x-pve']);
/** Keywords whose keys are names, each with a schema of its own. */
const MAPS = new Set(['definitions', 'dependencies', 'patternProperties', 'properties']);
/** Keywords whose values are data. */
const DATA = new Set(['const', 'enum', 'required', 'type']);
// A shorter schema is less code where it stands than the call of a function.
const MIN_LENGTH = 80;

const isNode = (value) => typeof value === 'object' && value !== null;
const mapValues = (map, change) =>
  Object.fromEntries(Object.entries(map).map(([name, value]) => [name, change(value)]));

/** The same rules without what only people and other tools read: validators hold the nodes they need as literals. */
function withoutAnnotations(schema) {
  if (Array.isArray(schema)) return schema.map(withoutAnnotations);
  if (!isNode(schema)) return schema;
  const kept = Object.entries(schema).filter(([keyword]) => !ANNOTATIONS.has(keyword));
  return Object.fromEntries(
    kept.map(([keyword, value]) => {
      if (DATA.has(keyword)) return [keyword, value];
      return [keyword, MAPS.has(keyword) ? mapValues(value, withoutAnnotations) : withoutAnnotations(value)];
    }),
  );
}

/**
 * The same rules with the schemas of map entries as definitions: Ajv makes a function of each, equal ones share it, and
 * the engine compiles those that a document comes to. The schema paths of complaints change with it.
 */
function withSmallFunctions(schema) {
  const names = new Map();
  const definitions = {};
  const nameOf = (node) => {
    const text = JSON.stringify(node);
    const known = names.get(text) ?? `entry${names.size + 1}`;
    names.set(text, known);
    definitions[known] = node;
    return known;
  };
  const entry = (node) => {
    const small = walk(node);
    const stays = !isNode(small) || small.$ref !== undefined || JSON.stringify(small).length < MIN_LENGTH;
    return stays ? small : { $ref: `#/definitions/${nameOf(small)}` };
  };
  const walk = (node) => {
    if (Array.isArray(node)) return node.map(walk);
    if (!isNode(node)) return node;
    return Object.fromEntries(
      Object.entries(node).map(([keyword, value]) => {
        if (DATA.has(keyword) || keyword === 'dependencies') return [keyword, value];
        if (keyword === 'definitions') return [keyword, mapValues(value, walk)];
        return [keyword, MAPS.has(keyword) ? mapValues(value, entry) : walk(value)];
      }),
    );
  };
  const small = walk(schema);
  return { ...small, definitions: { ...small.definitions, ...definitions } };
}

const partsOf = (id) => `parts-of-${id}`;

/**
 * The rules of a schema, and nothing else: the document, and the definitions that it and others refer to. They are apart, since
 * a validator holds the whole schema that a node of it stands in.
 */
export function validatorSchemas(schema) {
  const { definitions, ...document } = withSmallFunctions(withoutAnnotations(schema));
  const apart = (part) =>
    JSON.parse(JSON.stringify(part), (keyword, value) =>
      keyword === '$ref' ? value.replace(/^([^#]*)#/, (_, id) => `${partsOf(id || schema.$id)}#`) : value,
    );
  return [apart(document), apart({ $schema: schema.$schema, $id: partsOf(schema.$id), definitions })];
}
