import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { examplesOf, nodesOf } from '../../scripts/field-examples.mjs';
import { loadSchemas, resolveNode, type SchemaNode } from '../../scripts/schemas.mjs';
import { isObject, type Json, type JsonObject } from '../../src/core/json.ts';
import { vmFields } from '../../src/generated/fields/vm.ts';
import { BY_PATH, LEFT_OUT, SLOTS } from './listed-values.ts';

/** A node of the schema, as far as values can be told from it. */
interface Node extends SchemaNode {
  readonly type?: string | readonly string[];
  readonly enum?: readonly Json[];
  readonly const?: Json;
  readonly anyOf?: readonly Node[];
  readonly allOf?: readonly Node[];
  readonly items?: Node;
  readonly examples?: readonly Json[];
  readonly properties?: Readonly<Record<string, Node>>;
  readonly patternProperties?: Readonly<Record<string, Node>>;
  readonly required?: readonly string[];
  readonly minimum?: number;
  readonly maximum?: number;
}

const folder = join(dirname(fileURLToPath(import.meta.url)), '../../schema');
const schema = loadSchemas(folder).get('vm') ?? {};
const NODES = nodesOf(schema) as ReadonlyMap<string, Node>;
const EXAMPLES = examplesOf(schema) as ReadonlyMap<string, readonly { readonly part: JsonObject }[]>;

/** What only root@pam may set, fields and values; the rest of what a field can be is for everybody. */
const ROOT_VALUES: readonly RegExp[] = [
  /^devices\.(hostpci\*(\.device|\.romFile)?|parallel\*|ivshmem) "?\D*\d/,
  /^(console\.serial|devices\.serial\*) "\/dev/,
  /^devices\.usb\*(\.host)? "(?!spice)/,
];

/** What is only where a test has prepared it: mappings, a pool, HA rules, files of one's own. */
const PREPARED =
  /^(pool|ha(\.\w+)?|power|restart|unused|devices\.(hostpci|usb|virtiofs)\S+|cloudInit\.custom\S*) |"webservers"/;

/** A value of a field: in which map it stands is said by `*`. */
export interface FieldValue {
  readonly path: string;
  readonly value: Json;
}

function typesOf(node: Node): readonly string[] {
  return node.type === undefined ? [] : [node.type].flat();
}

function numbersOf({ minimum = 0, maximum }: Node, isInteger: boolean): readonly number[] {
  const some = isInteger ? [1, 2, 5, 40] : [0.5, 1, 12.5, 100];
  return [minimum, ...some, ...(maximum === undefined ? [] : [maximum])].filter(
    (number) => number >= minimum && number <= (maximum ?? number),
  );
}

/** Every sort of value that a node of the schema takes, but for maps of fields, which are put together of these. */
function valuesOf(raw: Node): readonly Json[] {
  const node = resolveNode(schema, raw) as Node;
  const own = [...(raw.examples ?? []), ...(node === raw ? [] : (node.examples ?? []))];
  const parts = [...(node.anyOf ?? []), ...(node.allOf ?? [])].flatMap((part) => valuesOf(part));
  const types = typesOf(node);
  const texts = node.enum ?? (node.const === undefined ? [] : [node.const]);
  const items = types.includes('array') && node.items !== undefined ? valuesOf(node.items) : [];
  return [
    ...own,
    ...parts,
    ...texts,
    ...(types.includes('boolean') ? [true, false] : []),
    ...(types.includes('null') ? [null] : []),
    ...(types.includes('integer') ? numbersOf(node, true) : []),
    ...(types.includes('number') ? numbersOf(node, false) : []),
    ...(types.includes('array') ? [[]] : []),
    ...items.filter((item) => !isObject(item)).map((item) => [item]),
    ...(types.includes('object') && node.required === undefined && node.properties !== undefined ? [{}] : []),
  ];
}

function different(values: readonly Json[]): readonly Json[] {
  return [...new Map(values.map((value) => [JSON.stringify(value), value])).values()];
}

function isLeftOut(path: string): boolean {
  return [...LEFT_OUT.keys()].some((pattern) => pattern.test(path));
}

const ROOT_PATHS = vmFields.filter(({ privilege }) => privilege === 'root@pam').map(({ path }) => path);

/** All values of all fields, by field. */
export const FIELD_VALUES: ReadonlyMap<string, readonly Json[]> = new Map(
  [...NODES].flatMap(([path, node]) => {
    if (isLeftOut(path) || path === 'options') return [];
    const values = different(BY_PATH[path] ?? valuesOf(node));
    return values.length === 0 ? [] : [[path, values] as const];
  }),
);

/** Whether only root@pam may set a value. */
export function isForRoot({ path, value }: FieldValue): boolean {
  const text = `${path} ${JSON.stringify(value)}`;
  return (
    ROOT_PATHS.some((root) => path === root || path.startsWith(`${root}.`)) ||
    // A map as a whole is root's where a field in it is.
    (isObject(value) && Object.keys(value).some((key) => ROOT_PATHS.includes(`${path}.${key}`))) ||
    ROOT_VALUES.some((pattern) => pattern.test(text))
  );
}

/** Whether a value names what a test has to make first, or wants a guest to run. */
export function isPrepared({ path, value }: FieldValue): boolean {
  return PREPARED.test(`${path} ${JSON.stringify(value)}`);
}

/** The names that stand for the `*` of a path, the first of which is its example's own. */
function slotsFor(path: string, at: number): readonly string[] {
  const parts = path.split('.');
  const part = parts[at] ?? '';
  const sort = part.slice(0, -1);
  const listed = SLOTS[parts.slice(0, at).join('.')];
  if (listed !== undefined) return listed;
  if (sort === '') throw new Error(`no slots for ${path}`);
  return sort === 'serial' ? ['serial1', 'serial2'] : [`${sort}0`, `${sort}1`];
}

/** A part of a document that holds a value of a field, with what it needs besides. */
export interface Pick {
  readonly field: string;
  readonly pointer: string;
  readonly part: JsonObject;
}

function renamed(part: JsonObject, keys: readonly (readonly [from: string, to: string])[]): JsonObject {
  // What stands in one slot with the field stands in the slot that was chosen for it.
  const names = new Map(keys);
  const visit = (value: Json): Json =>
    isObject(value)
      ? Object.fromEntries(Object.entries(value).map(([key, child]) => [names.get(key) ?? key, visit(child as Json)]))
      : value;
  return visit(part) as JsonObject;
}

/** A part of a document with a value at a place, and whatever it has elsewhere. */
export function withValue(part: JsonObject, [key = '', ...rest]: readonly string[], value: Json): JsonObject {
  const child = part[key];
  return {
    ...part,
    [key]: rest.length === 0 ? value : withValue(isObject(child) ? (child as JsonObject) : {}, rest, value),
  };
}

/** The part of a document with a value, where `choose` says which of so many slots is taken. */
export function pickOf({ path, value }: FieldValue, choose: (count: number) => number): Pick {
  const parts = path.split('.');
  const [example] = EXAMPLES.get(path) ?? [];
  const keys: string[] = [];
  const moved: (readonly [string, string])[] = [];
  for (const [index, part] of parts.entries()) {
    const slots = part.endsWith('*') ? slotsFor(path, index) : [part];
    const key = slots[choose(slots.length)] ?? part;
    keys.push(key);
    if (part.endsWith('*')) moved.push([slots[0] ?? key, key]);
  }
  const base = value === null ? {} : renamed(example?.part ?? {}, moved);
  return { field: path, pointer: `/${keys.join('/')}`, part: withValue(base, keys, value) };
}

/** An arbitrary value of a field among those that `wanted` takes; removal is seldom. */
export function fieldValues(wanted: (value: FieldValue) => boolean): fc.Arbitrary<FieldValue> {
  const fields = [...FIELD_VALUES].flatMap(([path, values]) => {
    const kept = values.map((value) => ({ path, value })).filter(wanted);
    return kept.length === 0 ? [] : [kept];
  });
  return fc.constantFrom(...fields).chain((values) => {
    const set = values.filter(({ value }) => value !== null);
    const all = fc.constantFrom(...values);
    return set.length === 0
      ? all
      : fc.oneof({ weight: 6, arbitrary: fc.constantFrom(...set) }, { weight: 1, arbitrary: all });
  });
}
