import type { Diagnostic, Range } from '../core/diagnostic.ts';
import type { Field } from '../core/field.ts';
import { isObject } from '../core/json.ts';
import { nearest } from '../core/nearest.ts';
import { valueAt } from '../core/resource.ts';
import { fieldTables, schemas, validators } from '../generated/schemas.ts';
import type { ValidationError } from '../generated/validators/validate.d.ts';
import { type Document, rangeOfKey, rangeOfValue } from './document.ts';
import { explainMissingKey, explainUnknownKey } from './explain-key.ts';
import { explainValue, type Words } from './explain-value.ts';
import { fieldAt } from './field-places.ts';
import { holdsPlaceholder } from './placeholder.ts';
import { childPointer, displayPointer, keysOf } from './pointer.ts';
import { type SchemaNode, type SchemasByKind, schemaAt } from './schema-node.ts';
import { explainSecret, hideLength, isSecretAt } from './secrets.ts';
import { displayValue, suggest } from './words.ts';

/** The kinds that a document of a resource can have. */
const RESOURCE_KINDS: readonly string[] = Object.keys(validators).filter((kind) => kind !== 'project');

/** The schemas of all kinds. */
export async function loadSchemas(): Promise<SchemasByKind> {
  const loaded: Record<string, SchemaNode> = {};
  for (const kind of Object.keys(validators)) {
    const schema = await schemas[kind]?.();
    // The generator checked every schema against the meta-schema.
    if (schema !== undefined) loaded[kind] = schema as SchemaNode;
  }
  return loaded;
}

/** Whether a document is what `plan -o` writes: known by its version, as `apply` knows it, and by what plans alone have. */
function isSavedPlan({ value: { formatVersion, resources, summary } }: Document): boolean {
  return typeof formatVersion === 'string' && Array.isArray(resources) && isObject(summary) && 'add' in summary;
}

/** What is wrong with the kind of a document; undefined where it is one of the known kinds. */
export function checkKind(document: Document): Diagnostic | undefined {
  const kind = document.value['kind'];
  if (typeof kind === 'string' && RESOURCE_KINDS.includes(kind)) return undefined;
  if (typeof kind === 'string' && holdsPlaceholder(kind))
    return problem(rangeOfValue(document, '/kind'), '/kind', [
      'placeholder not allowed here',
      'kind holds no placeholders: it says what the rest of the document means. Write the kind itself.',
    ]);
  if (kind === undefined && isSavedPlan(document))
    return problem(document.range, '', [
      'a saved plan, and no document',
      `This is a plan that pvevm plan -o has written. To carry it out, run pvevm apply ${document.range.file}; to read it, pvevm show ${document.range.file}. Other commands take the documents that it was made from.`,
    ]);
  if (kind === undefined)
    return problem(document.range, '', [
      'missing key',
      `A document needs the key kind. ${suggest(undefined, RESOURCE_KINDS)}`,
    ]);
  const range = rangeOfValue(document, '/kind');
  if (kind === 'project') {
    return problem(range, '/kind', [
      'project file by another name',
      'The file of a project is called pvevm.yaml. Rename this one.',
    ]);
  }
  const near = typeof kind === 'string' ? nearest(kind, RESOURCE_KINDS) : undefined;
  return problem(range, '/kind', [
    'unknown kind',
    `The kind cannot be ${displayValue(kind)}. ${suggest(near, RESOURCE_KINDS)}`,
  ]);
}

function problem(range: Range, pointer: string, [summary, detail]: Words): Diagnostic {
  return { severity: 'error', code: 'SPEC_INVALID', summary, detail, range, pointer };
}

const PLACEHOLDER_IN_KEY: Words = [
  'placeholder not allowed here',
  'Keys hold no placeholders. Write the key itself; a map as a whole may be a variable.',
];
// What the validator says of a map's keys, rather than of a value.
const ABOUT_KEYS: readonly string[] = ['additionalProperties', 'required'];
// After this many the rest is noise.
const MAX_COMPLAINTS = 200;

function groupByPlace(errors: readonly ValidationError[]): ReadonlyMap<string, readonly ValidationError[]> {
  const places = new Map<string, ValidationError[]>();
  for (const error of errors.slice(0, MAX_COMPLAINTS)) {
    const group = places.get(error.instancePath) ?? [];
    group.push(error);
    places.set(error.instancePath, group);
  }
  return places;
}

/** The fields of a kind, and a path as they have it: in a project file they stand below `defaults.<kind>`. */
async function fieldsFor(
  kind: string,
  path: readonly string[],
): Promise<readonly [fields: readonly Field[], path: readonly string[]]> {
  const [first, defaultsKind = ''] = path;
  const inDefaults = kind === 'project' && first === 'defaults';
  const fields = await fieldTables[inDefaults ? defaultsKind : kind]?.();
  return [fields ?? [], inDefaults ? path.slice(2) : path];
}

/**
 * Checks a document against the schema of its kind; `kind` is `project` for a project file. The validator's complaints
 * become diagnostics at the place of the key or the value they speak of: one a value, and one a key.
 */
export async function validateDocument(kind: string, document: Document): Promise<readonly Diagnostic[]> {
  const validate = await validators[kind]?.();
  if (validate === undefined || validate(document.value)) return [];
  const known = await loadSchemas();
  const byPlace = groupByPlace(validate.errors ?? []);
  const diagnostics: Diagnostic[] = [];
  for (const [pointer, errors] of byPlace) {
    const path = keysOf(pointer);
    const located = schemaAt(kind, path, known);
    const value = pointer === '' ? document.value : valueAt(document.value, pointer);
    const [fields, fieldPath] = await fieldsFor(kind, path);
    const aboutKeys = errors.filter((error) => ABOUT_KEYS.includes(error.keyword));
    for (const { params } of aboutKeys) {
      const { additionalProperty, missingProperty } = params;
      if (typeof additionalProperty === 'string') {
        const at = childPointer(pointer, additionalProperty);
        const words = holdsPlaceholder(additionalProperty)
          ? PLACEHOLDER_IN_KEY
          : explainUnknownKey(kind, pointer, additionalProperty, located, fields);
        diagnostics.push(problem(rangeOfKey(document, at), at, words));
      } else {
        diagnostics.push(
          problem(
            rangeOfKey(document, pointer),
            pointer,
            explainMissingKey(kind, pointer, String(missingProperty), located),
          ),
        );
      }
    }
    // What is wrong inside a map or a list says more than that it fits no alternative as a whole.
    const own = errors.filter((error) => !ABOUT_KEYS.includes(error.keyword));
    const inside = aboutKeys.length > 0 || [...byPlace.keys()].some((other) => other.startsWith(`${pointer}/`));
    if (own.length === 0 || (inside && typeof value === 'object' && value !== null)) continue;
    const isSecret = isSecretAt(located);
    const shown = displayPointer(pointer);
    const words = isSecret
      ? explainSecret(shown, value)
      : explainValue(shown, value, located, own, fieldAt(fields, fieldPath));
    const range = rangeOfValue(document, pointer);
    diagnostics.push(problem(isSecret ? hideLength(range) : range, pointer, words));
  }
  return diagnostics;
}
