// The reference page of the fields, docs/spec.md, from the schemas.
import { fieldsOf, resolveNode } from './schemas.mjs';

const EFFECTS = {
  I: 'at once',
  L: 'live',
  P: 'restart',
  S: 'next start',
  X: 'fixed',
  'H:disk': 'live with hotplug `disk`',
  'H:network': 'live with hotplug `network`',
  'H:cpu': 'live with hotplug `cpu`',
  'H:memory': 'live with hotplug `memory`',
  'H:usb': 'live with hotplug `usb`',
};

const INTRODUCTION = `<!-- Written by \`npm run gen\` from schema/; changes here are lost. -->

# The fields of documents

Every field that a document of this version may have. [The guide](guide.md) says how documents are read; this page is made
from the JSON Schemas in \`schema/\`, which an editor can use too.

**Default** is the built-in default. One marked *(new)* is a creation value: it fills the request that creates the guest, and is
compared with a guest that exists only where a document or the project file writes it. No default means that pvevm leaves the
setting alone unless it is written. \`null\`, where the values list it, means: managed as absent.

**Changing it** says what a change means to a running guest: *at once* and *live* need nothing else; *restart* is written and stays
pending until the guest is stopped and started; *live with hotplug* is live where the guest's \`hotplug\` holds that feature, and
otherwise like *restart*; *next start* takes effect then too, but Proxmox VE does not report it as pending; *fixed* cannot be changed
in place.

**Proxmox VE** is the config key it becomes, with the key inside a property string after the dot, and the privilege that a
change of it needs.
`;

const cell = (text) => text.replaceAll('|', '\\|').replaceAll('\n', ' ');
const code = (value) => `\`${value === null || typeof value === 'object' ? JSON.stringify(value) : value}\``;

/** The values of an enumeration or a range, in a few words. */
function valuesOf(schema, raw) {
  const node = resolveNode(schema, raw);
  if (raw.$ref === '#/definitions/size' || node === schema.definitions?.size) return ['size'];
  if (node === schema.definitions?.duration) return ['duration'];
  if (node.const !== undefined) return [code(node.const)];
  if (node.enum !== undefined) return node.enum.map(code);
  const parts = node.anyOf ?? node.allOf;
  if (parts !== undefined) return parts.flatMap((part) => valuesOf(schema, part));
  return [node.type].flat().map((type) => {
    if (type === 'null') return '`null`';
    if (type === 'object') return 'map';
    if (type === 'array')
      return node.items === undefined ? 'list' : `list of ${valuesOf(schema, node.items).join(' or ')}`;
    if (type !== 'integer' && type !== 'number') return type;
    const { minimum, maximum } = node;
    if (minimum !== undefined && maximum !== undefined) return `${type} ${minimum}–${maximum}`;
    return minimum === undefined ? type : `${type} from ${minimum}`;
  });
}

/** The nodes of a schema by path, as `fieldsOf` names paths. */
function nodesOf(schema) {
  const nodes = new Map();
  const visit = (raw, path) => {
    const node = resolveNode(schema, raw);
    if (path !== '' && !nodes.has(path)) nodes.set(path, raw);
    for (const part of [node, ...(node.anyOf ?? [])].map((candidate) => resolveNode(schema, candidate))) {
      for (const [name, child] of Object.entries(part.properties ?? {}))
        visit(child, path === '' ? name : `${path}.${name}`);
      for (const child of Object.values(part.patternProperties ?? {})) visit(child, `${path}.*`);
    }
  };
  visit(schema, '');
  return nodes;
}

function defaultOf(field) {
  // A group that is empty by default says nothing.
  if (field?.default === undefined || (field.key === false && JSON.stringify(field.default) === '{}')) return '';
  return `${code(field.default)}${field.creation === true ? ' *(new)*' : ''}`;
}

function mappingOf(field) {
  if (field === undefined || field.key === false) return '';
  const key = field.key === '*' ? 'the slot' : code(field.sub === undefined ? field.key : `${field.key}.${field.sub}`);
  const inside = field.key === '*' && field.sub !== undefined ? `, ${code(field.sub)}` : '';
  return `${key}${inside}${field.privilege === undefined ? '' : ` (${field.privilege})`}`;
}

function rowsOf(schema) {
  const fields = new Map(fieldsOf(schema).map((field) => [field.path, field]));
  return [...nodesOf(schema)].map(([path, raw]) => {
    const field = fields.get(path);
    const words = raw.description ?? resolveNode(schema, raw).description ?? '';
    const isNew = field?.since !== undefined && !words.includes(field.since);
    const description = isNew ? `${words} Since Proxmox VE ${field.since}.` : words;
    const effect = field?.class === undefined ? '' : EFFECTS[field.class];
    const cells = [
      code(path),
      [...new Set(valuesOf(schema, raw))].join(', '),
      defaultOf(field),
      effect,
      mappingOf(field),
      description,
    ];
    return `| ${cells.map(cell).join(' | ')} |`;
  });
}

/** The text of docs/spec.md. */
export function specPage(schemas) {
  const sections = [...schemas].map(([kind, schema]) => {
    const table = kind === 'project' ? projectRows(schema) : rowsOf(schema);
    return [
      `## \`kind: ${kind}\``,
      '',
      schema.description,
      '',
      '| Field | Value | Default | Changing it | Proxmox VE | |',
      '|---|---|---|---|---|---|',
      ...table,
      '',
    ].join('\n');
  });
  return [INTRODUCTION, ...sections].join('\n');
}

function projectRows(schema) {
  return Object.entries(schema.properties).map(([name, raw]) => {
    const fallback = raw.default === undefined ? '' : code(raw.default);
    return `| ${[code(name), valuesOf(schema, raw).join(', '), fallback, '', '', raw.description].map(cell).join(' | ')} |`;
  });
}
