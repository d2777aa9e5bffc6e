// Every field of a kind's schema with its examples, and a document around each example.
import { stringify } from 'yaml';
import { resolveNode } from './schemas.mjs';

/** The nodes of a schema by path, in its order, as `fieldsOf` names paths; of a project's defaults the first level only. */
export function nodesOf(schema) {
  const nodes = new Map();
  const visit = (raw, path) => {
    const node = resolveNode(schema, raw);
    if (path !== '' && !nodes.has(path)) nodes.set(path, raw);
    for (const part of [node, ...(node.anyOf ?? [])].map((candidate) => resolveNode(schema, candidate))) {
      for (const [name, child] of Object.entries(part.properties ?? {}))
        if (child.$ref === undefined || child.$ref.startsWith('#'))
          visit(child, path === '' ? name : `${path}.${name}`);
      for (const child of Object.values(part.patternProperties ?? {})) visit(child, `${path}.*`);
    }
  };
  visit(schema, '');
  return nodes;
}

/** What a field's node says of it, or else the definition behind it: its description, its examples. */
export function told(schema, raw, keyword) {
  const [whole] = raw.allOf ?? [];
  return raw[keyword] ?? (whole === undefined ? resolveNode(schema, raw) : resolveNode(schema, whole))[keyword];
}

/** Fields beside this one that its map must have too, with their first examples. */
function siblings(schema, nodes, path) {
  const parent = path.slice(0, Math.max(0, path.lastIndexOf('.')));
  if (parent === '') return {};
  const node = resolveNode(schema, nodes.get(parent));
  const required = [node, ...(node.anyOf ?? [])].flatMap((part) => part.required ?? []);
  return Object.fromEntries(
    required.map((name) => [name, told(schema, nodes.get(`${parent}.${name}`), 'examples')?.[0]]),
  );
}

/** The part of a document that holds this value at this path. */
function around(schema, nodes, path, value) {
  const keys = path.split('.');
  const last = keys.at(-1);
  return keys.reduceRight((inner, key, index) => {
    if (key !== '*')
      return index === keys.length - 1 ? { ...siblings(schema, nodes, path), [key]: inner } : { [key]: inner };
    // A slot's name says the bus, so that only the list, the short form, has it as a field.
    if (last === 'bus') return [inner];
    const [slot = 'name'] = Object.keys(told(schema, nodes.get(keys.slice(0, index).join('.')), 'default') ?? {});
    return { [slot]: inner };
  }, value);
}

/** The examples of every field by path: each as the part of a document that holds it, and as the YAML of that part. */
export function examplesOf(schema) {
  const nodes = nodesOf(schema);
  return new Map(
    [...nodes].map(([path, raw]) => {
      const examples = (told(schema, raw, 'examples') ?? []).map((value) => {
        const part = around(schema, nodes, path, value);
        const [[key, inner]] = Object.entries(part);
        const flow = stringify(inner, { collectionStyle: 'flow', lineWidth: 0 }).trimEnd();
        return { part, yaml: `${key}: ${flow}` };
      });
      return [path, examples];
    }),
  );
}
