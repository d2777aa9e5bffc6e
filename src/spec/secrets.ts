import type { Diagnostic } from '../core/diagnostic.ts';
import type { Field } from '../core/field.ts';
import type { Json, JsonObject } from '../core/json.ts';
import { REDACTED } from '../core/redact.ts';
import type { Origin } from '../core/resource.ts';
import { selectFields } from '../core/select-fields.ts';
import type { Words } from './explain-value.ts';
import { type FieldPlace, placesOfField } from './field-places.ts';
import type { MergedSpec } from './merge-defaults.ts';
import { holdsPlaceholder } from './placeholder.ts';
import { keysOf } from './pointer.ts';
import type { Located } from './schema-node.ts';

const REMEDY = 'Write it as ${env.NAME} or ${file:PATH}.';

/** Whether the schema says of a value that it is a secret. */
export function isSecretAt(located: readonly Located[]): boolean {
  return located.some(({ node }) => node.writeOnly === true);
}

/** Words for a secret that the schema refuses, without the secret. */
export function explainSecret(path: string, value: unknown): Words {
  if (value === '') return ['empty text', `${path} must not be empty.`];
  return typeof value === 'string'
    ? ['wrong form', `${path} takes one line of text. What stands here is a secret, and is not shown.`]
    : ['wrong type', `${path} takes text, and something else stands here, which is not shown. ${REMEDY}`];
}

/** A range without the length of what stands there. */
export function hideLength<Place extends { readonly length: number }>(range: Place): Place {
  return { ...range, length: REDACTED.length };
}

const isSecret = (field: Field): boolean => field.writeOnly === true;

function textsIn(value: Json): readonly string[] {
  if (value === null) return [];
  if (typeof value === 'object') return Object.values(value).flatMap((child: Json) => textsIn(child));
  return [String(value)];
}

/** Tells the secrets that stand in a document, right or wrong as it may be, so that nothing shows them. */
export function tellSecrets(document: JsonObject, fields: readonly Field[], tell: (secret: string) => void): void {
  for (const field of selectFields(fields, isSecret)) {
    for (const { parent, key } of placesOfField(document, field, 'filled')) {
      for (const text of textsIn(parent[key] ?? null)) if (!holdsPlaceholder(text)) tell(text);
    }
  }
}

function literal(path: string, pointer: string, origin: Origin | undefined): Diagnostic {
  const detail = `${path} stands here for everybody who can read the file. ${REMEDY}`;
  const range = origin?.range === undefined ? {} : { range: hideLength(origin.range) };
  return { severity: 'warning', code: 'SPEC_INVALID', summary: 'a secret in the document', detail, pointer, ...range };
}

/** A merged spec without its secrets, and these by path. */
export interface SplitSpec extends MergedSpec {
  readonly secrets: ReadonlyMap<string, string>;
  /** A warning for each secret that stands in a file as it is. */
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * Takes the secrets out of a merged spec: in their places stand placeholders such as `{secret:cloudInit.password}`, which
 * a step fills in when it runs. `null` stays.
 */
export function splitSecrets(
  { spec, origins }: MergedSpec,
  fields: readonly Field[],
  tell: (secret: string) => void,
): SplitSpec {
  const secrets = new Map<string, string>();
  const diagnostics: Diagnostic[] = [];
  const secretFields = selectFields(fields, isSecret);
  if (secretFields.length === 0) return { spec, origins, secrets, diagnostics };
  const hasSecret = ({ parent, key }: FieldPlace): boolean => typeof parent[key] === 'string';
  if (!secretFields.some((field) => placesOfField(spec, field, 'filled').some(hasSecret)))
    return { spec, origins, secrets, diagnostics };
  const clean = structuredClone(spec) as JsonObject;
  for (const { parent, key, pointer } of secretFields.flatMap((field) => placesOfField(clean, field, 'filled'))) {
    const value = parent[key];
    if (typeof value !== 'string') continue;
    const path = keysOf(pointer).join('.');
    const origin = origins.get(pointer);
    parent[key] = `{secret:${path}}`;
    secrets.set(path, value);
    tell(value);
    if (origin?.from === undefined) diagnostics.push(literal(path, pointer, origin));
  }
  return { spec: clean, origins, secrets, diagnostics };
}
