import { isObject, type Json, type JsonObject } from '../core/json.ts';
import { redact } from '../core/redact.ts';
import { originOf, type Resource } from '../core/resource.ts';
import { sanitizeLine } from '../core/sanitize.ts';
import { orderKeys } from '../spec/key-order.ts';
import { childPointer, keysOf } from '../spec/pointer.ts';
import type { SchemasByKind } from '../spec/schema-node.ts';
import { yamlLines } from './yaml-text.ts';

/** How a resolved document is to be written. */
export interface RenderOptions {
  readonly schemas: SchemasByKind;
  /** Whether each value says where it came from. */
  readonly origins: boolean;
}

// What the way to a resource has used up: it stands for nothing in one that is resolved.
const USED_UP: ReadonlySet<string> = new Set(['vars', 'extends', 'instances', 'each']);

/** How a document asks for a secret: as it was written, or as a variable of its own where it was written as it is. */
function secretExpression(resource: Resource, pointer: string): string {
  const words = `${resource.name}/${keysOf(pointer).join('/')}`.replace(/[^A-Za-z0-9]+/g, '_').toUpperCase();
  return originOf(resource, pointer).expression ?? `\${env.PVEVM_SECRET_${words}}`;
}

function isSecret({ secrets }: Resource, pointer: string): boolean {
  return secrets?.has(keysOf(pointer).join('.')) === true;
}

/** A value of a resolved spec without secrets, as a document writes it: what looks like a placeholder is text. */
function asWritten(value: Json): Json {
  if (typeof value === 'string') return redact(value).replaceAll('${', () => '$${');
  if (Array.isArray(value)) return value.map((item: Json) => asWritten(item));
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value as JsonObject).map(([key, child]) => [key, asWritten(child)]));
}

/**
 * The spec of a resource for programs: as it was resolved, without what was used up. In the place of a secret stands how
 * a document asks for it.
 */
export function resolvedSpec(resource: Resource): JsonObject {
  const plain = (value: Json, at: string): Json => {
    if (typeof value === 'string') return isSecret(resource, at) ? secretExpression(resource, at) : redact(value);
    if (Array.isArray(value)) return value.map((item: Json, index) => plain(item, childPointer(at, index)));
    if (!isObject(value)) return value;
    const entries = Object.entries(value as JsonObject);
    return Object.fromEntries(entries.map(([key, child]) => [key, plain(child, childPointer(at, key))]));
  };
  return Object.fromEntries(
    Object.entries(resource.spec)
      .filter(([key]) => !USED_UP.has(key))
      .map(([key, value]) => [key, plain(value, childPointer('', key))]),
  );
}

function renderMap(
  resource: Resource,
  map: JsonObject,
  pointer: string,
  isComment: boolean,
  options: RenderOptions,
): readonly string[] {
  const keys = orderKeys(resource.kind, keysOf(pointer), Object.keys(map), options.schemas);
  return keys.flatMap((key) => {
    if (pointer === '' && USED_UP.has(key)) return [];
    const at = childPointer(pointer, key);
    const inComment = isComment || originOf(resource, at).builtIn;
    const lines = renderEntry(resource, key, map[key] ?? null, at, inComment, options);
    return inComment && !isComment ? lines.map((line) => `# ${line}`) : lines;
  });
}

function renderEntry(
  resource: Resource,
  key: string,
  value: Json,
  at: string,
  isComment: boolean,
  options: RenderOptions,
): readonly string[] {
  if (!isObject(value) || Object.keys(value).length === 0) {
    const shown = isSecret(resource, at) ? secretExpression(resource, at) : asWritten(value);
    const [first = '', ...rest] = yamlLines(key, shown);
    return [options.origins ? `${first} # ${originText(resource, at)}` : first, ...rest];
  }
  const children = renderMap(resource, value as JsonObject, at, isComment, options);
  const empty = !isComment && Object.keys(value).every((child) => originOf(resource, childPointer(at, child)).builtIn);
  // A map that holds nothing but comments would be null.
  const [head = ''] = yamlLines(key, {});
  return [empty ? head : head.replace(/ \{\s*\}$/, ''), ...children.map((line) => (line === '' ? '' : `  ${line}`))];
}

function originText(resource: Resource, at: string): string {
  return sanitizeLine(redact(originOf(resource, at).text));
}

/**
 * A resolved document as YAML that plans the same as the document that it came from, beside the same project file.
 * Built-in defaults are comments: written, a creation value would be compared with a guest that exists, and a default
 * that does not fit would be an error. So are values that a project file has for a device that nobody wrote.
 */
export function renderResource(resource: Resource, options: RenderOptions): string {
  const lines = renderMap(resource, resource.spec, '', false, options);
  const { file, line } = resource.range;
  const defaults = lines.some((text) => /^\s*# /.test(text)) ? '. Built-in defaults are comments' : '';
  return [sanitizeLine(`# ${resource.address}, from ${file}:${line}${defaults}`), ...lines, ''].join('\n');
}
