// Every field of a kind's schema with its examples, and a document around each example.
import { stringify } from 'yaml';
import { resolveNode, slotsOf } from './schemas.mjs';

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
      for (const [slot, child] of slotsOf(schema, part)) visit(child, `${path}.${slot}`);
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

/** The key that stands for a part of a path in an example: the first slot of its sort, or one that the map names itself. */
function keyOf(schema, nodes, parts, index) {
  const part = parts[index];
  if (!part.endsWith('*')) return part;
  // The serial port 0 is a field of its own.
  if (part !== '*') return part.replace('*', part === 'serial*' ? '1' : '0');
  const map = nodes.get(parts.slice(0, index).join('.'));
  const [slot = 'name'] = Object.keys(told(schema, map, 'default') ?? told(schema, map, 'examples')?.[0] ?? {});
  const raw = nodes.get(parts.join('.'));
  const buses = (told(schema, raw, 'x-pve')?.requires ?? []).flatMap(({ bus }) => bus ?? []);
  return buses.length === 0 || buses.some((bus) => slot.startsWith(bus)) ? slot : `${buses[0]}0`;
}

/** What an example of a field needs besides, so that its document is valid: `beside` of its node and of those around it. */
function besides(schema, nodes, parts) {
  return parts.flatMap((_, index) => {
    const raw = nodes.get(parts.slice(0, index + 1).join('.'));
    return Object.entries(raw?.beside ?? resolveNode(schema, raw ?? {}).beside ?? {});
  });
}

/** Sets a value of a document where it has none. */
function setBeside(document, keys, value) {
  const last = keys.at(-1);
  let map = document;
  for (const key of keys.slice(0, -1)) {
    map[key] ??= {};
    map = map[key];
  }
  map[last] ??= value;
}

/** The part of a document that holds this value at this path. */
function around(schema, nodes, path, value) {
  const parts = path.split('.');
  const keys = parts.map((_, index) => keyOf(schema, nodes, parts, index));
  const part = keys.reduceRight((inner, key, index) => {
    // A slot's name says the bus, so that only the list, the short form, has it as a field.
    if (parts[index] === '*' && parts.at(-1) === 'bus') return [inner];
    const isField = index === keys.length - 1 && !parts[index].endsWith('*');
    return isField ? { ...siblings(schema, nodes, path), [key]: inner } : { [key]: inner };
  }, structuredClone(value));
  for (const [pointer, other] of besides(schema, nodes, parts)) {
    const at = pointer.split('/').slice(1);
    setBeside(
      part,
      at.map((name) => (name.endsWith('*') ? keys[parts.indexOf(name)] : name)),
      other,
    );
  }
  return part;
}

/** The examples of every field by path: each as the part of a document that holds it, and as the YAML of that part. */
export function examplesOf(schema) {
  const nodes = nodesOf(schema);
  return new Map(
    [...nodes].map(([path, raw]) => {
      const examples = (told(schema, raw, 'examples') ?? []).map((value) => {
        const part = around(schema, nodes, path, value);
        const lines = Object.entries(part).map(
          ([key, inner]) => `${key}: ${stringify(inner, { collectionStyle: 'flow', lineWidth: 0 }).trimEnd()}`,
        );
        return { part, yaml: lines.join('\n') };
      });
      return [path, examples];
    }),
  );
}
