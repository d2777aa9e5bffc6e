import { readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { isObject } from '../src/core/json.ts';
import { OUTPUT_FOLDER, OUTPUT_NAMES, type OutputName, outputSchema } from './output-schemas.ts';

const src = join(dirname(fileURLToPath(import.meta.url)), '..', 'src');
type Node = Readonly<Record<string, unknown>>;

// Definitions of schemas, and the types that they are to say the same as.
const DEFINITIONS = [
  ['diagnostics', 'diagnostic', 'core/diagnostic.ts', 'Diagnostic'],
  ['output', 'guest', 'report/outputs/guest-output.ts', 'GuestOutput'],
  ['explain', 'field', 'report/field-facts.ts', 'FieldFacts'],
  ['doctor', 'check', 'report/doctor-text.ts', 'DoctorCheck'],
  ['doctor', 'privilege', 'report/doctor-text.ts', 'PrivilegeRow'],
] as const;

const files = [
  ...['core/plan.ts', 'core/event.ts', 'engine/status.ts', 'report/run/run-json.ts'],
  ...DEFINITIONS.map(([_name, _definition, file]) => file),
].map((file) => join(src, file));
const program = ts.createProgram(files, {
  strict: true,
  noEmit: true,
  allowImportingTsExtensions: true,
  module: ts.ModuleKind.ESNext,
  moduleResolution: ts.ModuleResolutionKind.Bundler,
  target: ts.ScriptTarget.ES2023,
  exactOptionalPropertyTypes: true,
  types: [],
});
const checker = program.getTypeChecker();

function typeNamed(file: string, name: string): ts.Type {
  const source = program.getSourceFile(join(src, file)) as ts.SourceFile;
  const symbol = checker
    .getExportsOfModule(checker.getSymbolAtLocation(source) as ts.Symbol)
    .find((one) => one.name === name);
  return checker.getDeclaredTypeOfSymbol(symbol as ts.Symbol);
}

function resolve(node: Node, root: OutputName): readonly [Node, OutputName] {
  const ref = node['$ref'];
  if (typeof ref !== 'string') return [node, root];
  const [file = '', pointer = ''] = ref.split(/#\/definitions\/|#$/);
  const name = file === '' ? root : (file.replace('.schema.json', '') as OutputName);
  if (pointer === '') return [outputSchema(name), name];
  const definitions = outputSchema(name)['definitions'] as Record<string, Node>;
  return [definitions[pointer] as Node, name];
}

/** The parts of a type without null and undefined. */
function partsOf(type: ts.Type): readonly ts.Type[] {
  const parts = type.isUnion() ? type.types : [type];
  return parts.filter((part) => (part.flags & (ts.TypeFlags.Undefined | ts.TypeFlags.Null)) === 0);
}

function compareObject(type: ts.Type, node: Node, root: OutputName, at: string): readonly string[] {
  const properties = (node['properties'] ?? {}) as Record<string, Node>;
  const required = new Set((node['required'] ?? []) as string[]);
  // The exit stands beside what the type says: it is the command's.
  const own = type.getProperties().map((property) => property.name);
  const surplus = Object.keys(properties).filter((name) => !own.includes(name) && name !== 'exit');
  return [
    ...surplus.map((name) => `${at}.${name}: the type has no such key`),
    ...type.getProperties().flatMap((property) => {
      const child = properties[property.name];
      if (child === undefined) return [`${at}.${property.name}: the schema has no such key`];
      const isOptional = (property.flags & ts.SymbolFlags.Optional) !== 0;
      const wrong =
        isOptional === required.has(property.name) ? [`${at}.${property.name}: required in one of them`] : [];
      return [...wrong, ...compare(checker.getTypeOfSymbol(property), child, root, `${at}.${property.name}`)];
    }),
  ];
}

/** Where a type and the schema of its JSON form disagree. */
function compare(type: ts.Type, raw: Node, from: OutputName, at: string): readonly string[] {
  const [node, root] = resolve(raw, from);
  const kinds = [node['type'] ?? []].flat();
  // Any JSON: config values, and the parameters of requests.
  if (kinds.length === 0 || checker.typeToString(type) === 'JsonObject') return [];
  const isNullable = type.isUnion() && type.types.some((part) => (part.flags & ts.TypeFlags.Null) !== 0);
  const nulls = isNullable === kinds.includes('null') ? [] : [`${at}: null in one of them`];
  const parts = partsOf(type);
  const [first] = parts;
  if (first === undefined) return [`${at}: has no type`];
  const literals = parts.flatMap((part) => (part.isStringLiteral() ? [part.value] : []));
  if (literals.length === parts.length) {
    const allowed = ((node['enum'] ?? literals) as (string | null)[]).filter((value) => value !== null);
    return [
      ...nulls,
      ...(String([...allowed].sort()) === String([...literals].sort())
        ? []
        : [`${at}: ${literals} are not ${allowed}`]),
    ];
  }
  if (checker.isArrayType(first)) {
    const item = checker.getTypeArguments(first as ts.TypeReference)[0] as ts.Type;
    return [...nulls, ...compare(item, node['items'] as Node, root, `${at}[]`)];
  }
  const index = checker.getIndexTypeOfType(first, ts.IndexKind.String);
  if (index !== undefined) return [...nulls, ...compare(index, node['additionalProperties'] as Node, root, `${at}{}`)];
  if ((first.flags & ts.TypeFlags.Object) !== 0 || first.isIntersection())
    return [...nulls, ...compareObject(first, node, root, at)];
  return nulls;
}

function plantedIn(name: OutputName, change: (schema: Record<string, unknown>) => void): Node {
  const schema = structuredClone(outputSchema(name));
  change(schema);
  return schema;
}

describe('the published schemas say what the types say:', () => {
  it.each([
    ['plan', 'core/plan.ts', 'Plan'],
    ['status', 'engine/status.ts', 'Status'],
    ['run', 'report/run/run-json.ts', 'RunJson'],
  ] as const)('%s', (name, file, type) => {
    expect(compare(typeNamed(file, type), outputSchema(name), name, name)).toEqual([]);
  });

  it.each(DEFINITIONS)('%s: %s', (name, definition, file, type) => {
    const definitions = outputSchema(name)['definitions'] as Record<string, Node>;
    expect(compare(typeNamed(file, type), definitions[definition] as Node, name, definition)).toEqual([]);
  });

  it('events, each of them', () => {
    const events = partsOf(typeNamed('core/event.ts', 'ApplyEvent'));
    const nodes = outputSchema('events')['oneOf'] as readonly Node[];
    expect(events).toHaveLength(nodes.length);
    for (const event of events) {
      const name = (checker.getTypeOfSymbol(event.getProperty('type') as ts.Symbol) as ts.StringLiteralType).value;
      const node = nodes.find(
        ({ properties }) =>
          isObject(properties) && isObject(properties['type']) && String(properties['type']['enum']) === name,
      );
      expect(compareObject(event, node as Node, 'events', name)).toEqual([]);
    }
  });

  it('a key that only one of them has is found', () => {
    const without = plantedIn('plan', (schema) => delete (schema['properties'] as Record<string, unknown>)['stack']);
    expect(compare(typeNamed('core/plan.ts', 'Plan'), without, 'plan', 'plan')).toContain(
      'plan.stack: the schema has no such key',
    );
    const deep = plantedIn('plan', (schema) => {
      const { resource } = schema['definitions'] as Record<string, { properties: { steps: { items: unknown } } }>;
      if (resource !== undefined) resource.properties.steps.items = { type: 'object', properties: {}, required: [] };
    });
    const { resource } = deep['definitions'] as Record<string, Node>;
    expect(compare(typeNamed('core/plan.ts', 'ResourcePlan'), resource as Node, 'plan', 'resource')).toContain(
      'resource.steps[].request: the schema has no such key',
    );
    const more = plantedIn('plan', (schema) =>
      Object.assign(schema['properties'] as object, { ghost: { type: 'string' } }),
    );
    expect(compare(typeNamed('core/plan.ts', 'Plan'), more, 'plan', 'plan')).toContain(
      'plan.ghost: the type has no such key',
    );
  });
});

it('every published schema is known here by its name', () => {
  const published = readdirSync(OUTPUT_FOLDER).map((file) => file.replace('.schema.json', ''));
  expect(published.sort()).toEqual([...OUTPUT_NAMES].sort());
  for (const name of OUTPUT_NAMES) expect(outputSchema(name)['$id']).toBe(`output/${name}.schema.json`);
});

it.each(OUTPUT_NAMES)('the schema %s says of every key what it is', (name) => {
  const lacking: string[] = [];
  const visit = (value: unknown, at: string): void => {
    if (!isObject(value)) return;
    for (const [key, child] of Object.entries(value)) {
      if (key === 'properties' && isObject(child)) {
        for (const [property, node] of Object.entries(child))
          if (isObject(node) && node['$ref'] === undefined && node['description'] === undefined)
            lacking.push(`${at}.${property}`);
      }
      for (const one of [child].flat()) visit(one, `${at}.${key}`);
    }
  };
  visit(outputSchema(name), name);
  expect(lacking).toEqual([]);
});
