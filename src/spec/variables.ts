import type { Diagnostic } from '../core/diagnostic.ts';
import { isObject, type Json, type JsonObject } from '../core/json.ts';
import { valueAt } from '../core/resource.ts';
import type { Document } from './document.ts';
import { NO_DOCUMENT, parseDocuments } from './parse.ts';
import { childPointer } from './pointer.ts';

/** Values by name, as a file writes them, and where each of them stands. */
export interface VariableMap {
  readonly document: Document;
  /** Of the map inside the document; empty where the document is the map. */
  readonly pointer: string;
}

/** The value of a variable. */
export interface Variable {
  readonly value: Json;
  /** The text that the value was read from, where it came from the command line: a field of text takes that. */
  readonly text?: string;
  /** Where it is written, where it comes from a file. */
  readonly at?: { readonly document: Document; readonly pointer: string };
}

/** A decimal number or true or false as what it says; any other text as it is. */
export function readScalar(text: string): Json {
  if (text === 'true' || text === 'false') return text === 'true';
  if (!/^[-+]?\d+(\.\d+)?$/.test(text)) return text;
  const number = Number(text);
  // An integer that would lose digits is text.
  return Number.isInteger(number) && !Number.isSafeInteger(number) ? text : number;
}

function valuesOf({ document, pointer }: VariableMap): JsonObject {
  const value = valueAt(document.value, pointer);
  return isObject(value) ? (value as JsonObject) : {};
}

/** The variable of a name: from the command line, or the first of the maps that has it; undefined where none has. */
export function findVariable(
  name: string,
  given: ReadonlyMap<string, string>,
  maps: readonly VariableMap[],
): Variable | undefined {
  const text = given.get(name);
  if (text !== undefined) return { value: readScalar(text), text };
  for (const map of maps) {
    const values = valuesOf(map);
    const value = Object.hasOwn(values, name) ? values[name] : undefined;
    if (value === undefined) continue;
    return { value, at: { document: map.document, pointer: childPointer(map.pointer, name) } };
  }
  return undefined;
}

/** The names of all variables. */
export function variableNames(given: ReadonlyMap<string, string>, maps: readonly VariableMap[]): readonly string[] {
  return [...new Set([...given.keys(), ...maps.flatMap((map) => Object.keys(valuesOf(map)))])];
}

/** The variables of a `--var-file`: a YAML map of names and values. What is wrong with it is a diagnostic. */
export function readVariableFile(file: string, text: string): VariableMap | readonly Diagnostic[] {
  const { documents, diagnostics } = parseDocuments(file, text);
  const [document, second] = documents;
  // A scalar or a list is no syntax error, though it is no document.
  const other = diagnostics.find(({ summary }) => summary === NO_DOCUMENT)?.range;
  if (diagnostics.length > 0 && other === undefined) return diagnostics;
  if (document !== undefined && second === undefined) return { document, pointer: '' };
  const range = other ?? second?.range ?? { file, line: 1, column: 1, length: 1 };
  const detail = 'A file of variables holds one map of names and values, as in "size: 32GiB".';
  return [{ severity: 'error', code: 'SPEC_INVALID', summary: 'no map of variables', detail, range }];
}
