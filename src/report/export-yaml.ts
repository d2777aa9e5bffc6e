import { stringify } from 'yaml';
import { isObject, type Json, type JsonObject } from '../core/json.ts';
import { sanitizeLine } from '../core/sanitize.ts';
import type { ExportedObject } from '../kinds/exported.ts';
import { escapePlaceholders } from '../spec/escape-placeholders.ts';
import { formatDocuments } from '../spec/format-document.ts';
import { orderKeys } from '../spec/key-order.ts';
import type { SchemasByKind } from '../spec/schema-node.ts';
import { yamlLines } from './yaml-text.ts';

/** The first line of a file of documents, by which an editor finds their schema (`pvevm schema > pvevm.schema.json`). */
const SCHEMA_LINE = '# yaml-language-server: $schema=./pvevm.schema.json';

function ordered(value: Json, kind: string, path: readonly string[], schemas: SchemasByKind): Json {
  if (Array.isArray(value))
    return value.map((item: Json, index) => ordered(item, kind, [...path, String(index)], schemas));
  if (!isObject(value)) return value;
  const map = value as JsonObject;
  const keys = orderKeys(kind, path, Object.keys(map).sort(), schemas);
  return Object.fromEntries(keys.map((key) => [key, ordered(map[key] ?? null, kind, [...path, key], schemas)]));
}

/** An exported document as it is to be written, for programs: keys in the order of the schema, `$${` for `${`. */
export function exportedDocument({ document }: ExportedObject, schemas: SchemasByKind): JsonObject {
  return escapePlaceholders(ordered(document, String(document['kind']), [], schemas)) as JsonObject;
}

// What a reader takes in at a glance stands on one line, as documents are written by hand.
const SHORT_LIST = 80;

function listLine(key: string, value: Json, indent: string): string | undefined {
  if (!Array.isArray(value) || !value.every((item) => typeof item === 'string' || typeof item === 'number'))
    return undefined;
  const options = { collectionStyle: 'flow', flowCollectionPadding: false, lineWidth: 0 } as const;
  const line = `${indent}${stringify({ [key]: value }, options).slice(1, -2)}`;
  return line.length > SHORT_LIST || line.includes('\n') || sanitizeLine(line) !== line ? undefined : line;
}

function lines(map: JsonObject, indent: string): readonly string[] {
  return Object.entries(map).flatMap(([key, value]) => {
    const line = listLine(key, value, indent);
    if (line !== undefined) return [line];
    if (!isObject(value) || Object.keys(value).length === 0) return yamlLines(key, value).map((line) => indent + line);
    return [`${indent}${key}:`, ...lines(value as JsonObject, `${indent}  `)];
  });
}

/** What a document leaves out, as lines of text; none where it says everything. */
export function exportNotes({ inexpressible, pending }: ExportedObject): readonly string[] {
  return [
    ...(pending.length === 0 ? [] : [`pending until a restart, and written as after it: ${pending.join(', ')}`]),
    ...(inexpressible.length === 0 ? [] : ['could not be expressed:']),
    ...inexpressible.map(({ what, why }) => `  ${what}: ${why}`),
  ].map(sanitizeLine);
}

/**
 * An exported object as a document of YAML in canonical form, with comments below that say what it leaves out. The same
 * object gives the same bytes.
 */
function exportYaml(exported: ExportedObject, schemas: SchemasByKind): string {
  const { generated, source } = exported;
  const made = generated.length === 0 ? [] : [`left to Proxmox VE, which made it: ${generated.join(', ')}`];
  const notes = [...exportNotes(exported), ...made];
  const comments = notes.length === 0 ? [] : [`# ${source}`, ...notes.map((line) => `# ${line}`)];
  const text = `${[...lines(exportedDocument(exported, schemas), ''), ...comments].join('\n')}\n`;
  return formatDocuments(text, schemas) ?? text;
}

/** A file of exported documents, ready to be kept under version control. */
export function exportFile(objects: readonly ExportedObject[], schemas: SchemasByKind): string {
  return `${SCHEMA_LINE}\n${objects.map((object) => exportYaml(object, schemas)).join('---\n')}`;
}
