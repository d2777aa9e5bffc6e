// What pages and editors say of a field: its values, and its mapping to Proxmox VE, in words.
import { resolveNode } from './schemas.mjs';

const EFFECTS = {
  I: 'at once',
  L: 'live',
  P: 'restart',
  S: 'next start',
  C: 'next boot',
  X: 'fixed',
  'H:disk': 'live with hotplug `disk`',
  'H:network': 'live with hotplug `network`',
  'H:cpu': 'live with hotplug `cpu`',
  'H:memory': 'live with hotplug `memory`',
  'H:usb': 'live with hotplug `usb`',
};

/** A value as Markdown shows it. */
export const code = (value) => `\`${value === null || typeof value === 'object' ? JSON.stringify(value) : value}\``;

/** The values of an enumeration or a range, in a few words. */
function valuesOf(schema, raw) {
  const node = resolveNode(schema, raw);
  if (raw.$ref === '#/definitions/size' || node === schema.definitions?.size) return ['size'];
  if (node === schema.definitions?.duration) return ['duration'];
  if (node.const !== undefined) return [code(node.const)];
  if (node.enum !== undefined) return node.enum.map(code);
  const parts = node.anyOf ?? node.oneOf ?? node.allOf;
  if (parts !== undefined) return parts.flatMap((part) => valuesOf(schema, part));
  return [node.type ?? []].flat().map((type) => {
    if (type === 'null') return '`null`';
    if (type === 'object') return 'map';
    if (type === 'array')
      return node.items === undefined ? 'list' : `list of ${valuesOf(schema, node.items).join(' or ')}`;
    if (type !== 'integer' && type !== 'number') return type === 'string' ? 'text' : type;
    const { minimum, maximum, exclusiveMinimum } = node;
    const word = type === 'integer' ? 'whole number' : 'number';
    if (minimum !== undefined && maximum !== undefined) return `${word} ${minimum}–${maximum}`;
    if (exclusiveMinimum !== undefined) return `${word} above ${exclusiveMinimum}`;
    return minimum === undefined ? word : `${word} from ${minimum}`;
  });
}

function defaultOf(raw, field) {
  const value = field?.default ?? raw.default;
  // A group that is empty by default says nothing.
  if (value === undefined || (field?.key === false && JSON.stringify(value) === '{}')) return undefined;
  return `${code(value)}${field?.creation === true ? ' *(new)*' : ''}`;
}

function mappingOf(field) {
  if (field === undefined || field.key === false) return undefined;
  const key = field.key === '*' ? 'the slot’s key' : code(field.key.replace('*', 'N'));
  const inside = field.sub === undefined ? '' : `, in it ${code(field.sub)}`;
  return `${key}${inside}${field.privilege === undefined ? '' : `; needs ${code(field.privilege)}`}`;
}

/** With which other values a field works, in words. */
function fitsOf(field) {
  const conditions = field?.requires?.map(({ bus, ...others }) =>
    [
      ...(bus === undefined ? [] : [`${/^[aeiou]/.test(bus) ? 'an' : 'a'} ${bus} slot`]),
      ...Object.entries(others).map(([path, value]) => code(`${path.slice(1).replaceAll('/', '.')}: ${value}`)),
    ].join(' with '),
  );
  return conditions?.join(', or ');
}

function versionsOf(field) {
  if (field?.since === undefined) return field?.until === undefined ? undefined : `${field.until} and older`;
  return field.until === undefined ? `${field.since} and newer` : `${field.since} to ${field.until}`;
}

/** What is said of a field beside its description, as pairs of a name and words in Markdown. */
export function factsOf(schema, raw, field) {
  return [
    ['Value', [...new Set(valuesOf(schema, raw))].join(', ')],
    ['Default', defaultOf(raw, field)],
    ['Same as absent', field?.absent === undefined ? undefined : code(field.absent)],
    ['Proxmox VE', mappingOf(field)],
    ['Changing it', field?.class === undefined ? undefined : EFFECTS[field.class]],
    ['Fits', fitsOf(field)],
    ['Versions', versionsOf(field)],
  ].filter(([, words]) => words !== undefined && words !== '');
}
