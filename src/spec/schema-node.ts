import { isObject, type Json } from '../core/json.ts';

/** The part of JSON Schema draft-07 that the kinds' schemas use. */
export interface SchemaNode {
  readonly $ref?: string;
  readonly description?: string;
  readonly default?: Json;
  readonly required?: readonly string[];
  readonly type?: string | readonly string[];
  readonly enum?: readonly Json[];
  readonly const?: Json;
  readonly writeOnly?: boolean;
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly patternProperties?: Readonly<Record<string, SchemaNode>>;
  readonly items?: SchemaNode;
  readonly anyOf?: readonly SchemaNode[];
  readonly allOf?: readonly SchemaNode[];
  readonly definitions?: Readonly<Record<string, SchemaNode>>;
}

/** A node with the schema that its references speak of, and the reference that led to it. */
export interface Located {
  readonly node: SchemaNode;
  readonly root: SchemaNode;
  readonly name?: string;
}

/** The schemas by kind: references between files lead to them. */
export type SchemasByKind = Readonly<Record<string, SchemaNode>>;

function follow(reference: string, from: Located, schemas: SchemasByKind): Located | undefined {
  const [file = '', pointer = ''] = reference.split('#');
  const root = file === '' ? from.root : schemas[file.replace(/\.schema\.json$/, '')];
  let node: unknown = root;
  for (const part of pointer.split('/').slice(1)) node = isObject(node) ? node[part] : undefined;
  const name = pointer.split('/').at(-1) ?? '';
  return root !== undefined && isObject(node) ? { node: node as SchemaNode, root, name } : undefined;
}

/** A node and all that it stands for: what it refers to, and its alternatives. The node itself comes first. */
function flatten(from: Located, schemas: SchemasByKind): readonly Located[] {
  const { node, root } = from;
  const target = node.$ref === undefined ? undefined : follow(node.$ref, from, schemas);
  const parts = [...(node.anyOf ?? []), ...(node.allOf ?? [])].map((part) => ({ node: part, root }));
  return [
    from,
    ...(target === undefined ? [] : flatten(target, schemas)),
    ...parts.flatMap((part) => flatten(part, schemas)),
  ];
}

/** Everything that a kind's schema says of the value at a path; empty where it knows no such path. */
export function schemaAt(kind: string, path: readonly string[], schemas: SchemasByKind): readonly Located[] {
  const root = schemas[kind];
  if (root === undefined) return [];
  let found = flatten({ node: root, root }, schemas);
  for (const key of path) {
    found = found.flatMap((located) => {
      const { node } = located;
      const direct =
        node.properties !== undefined && Object.hasOwn(node.properties, key) ? node.properties[key] : undefined;
      const bySlot = Object.entries(node.patternProperties ?? {}).find(([pattern]) =>
        new RegExp(pattern).test(key),
      )?.[1];
      const child = direct ?? bySlot ?? (/^\d+$/.test(key) ? node.items : undefined);
      return child === undefined ? [] : flatten({ node: child, root: located.root }, schemas);
    });
  }
  return found;
}

/** The keys that a map may have by the schema. */
export function keysAt(located: readonly Located[]): readonly string[] {
  return [...new Set(located.flatMap(({ node }) => Object.keys(node.properties ?? {})))];
}

/** What stands for a slot of a map in the paths of fields: `*` where all its slots are alike, else the sort, as `usb*`. */
export function slotPart(located: readonly Located[], slot: string): string | undefined {
  for (const { node } of located) {
    const patterns = Object.keys(node.patternProperties ?? {});
    if (patterns.some((pattern) => new RegExp(pattern).test(slot)))
      return patterns.length < 2 ? '*' : slot.replace(/\d+$/, '*');
  }
  return undefined;
}

/** Whether the keys of a map are names of the user's own choice, as those of sets of addresses, and no slots. */
export function hasFreeNames(located: readonly Located[]): boolean {
  return located.some(({ node }) =>
    Object.keys(node.patternProperties ?? {}).some((pattern) => new RegExp(pattern).test('any-name')),
  );
}

/** The slots that a map of devices may have by the schema, bus by bus and in order. */
export function slotsAt(located: readonly Located[]): readonly (readonly string[])[] {
  const patterns = located
    .flatMap(({ node }) => Object.keys(node.patternProperties ?? {}))
    .map((pattern) => new RegExp(pattern));
  if (patterns.length === 0) return [];
  return ['scsi', 'virtio', 'sata', 'ide', 'net', 'hostpci', 'usb', 'serial', 'parallel', 'virtiofs', 'numa']
    .map((bus) =>
      Array.from({ length: 32 }, (_, number) => `${bus}${number}`).filter((slot) =>
        patterns.some((pattern) => pattern.test(slot)),
      ),
    )
    .filter((slots) => slots.length > 0);
}
