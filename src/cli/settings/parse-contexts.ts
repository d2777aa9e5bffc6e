import type { Range } from '../../core/diagnostic.ts';
import { PvevmError } from '../../core/error.ts';
import { isObject, type JsonObject } from '../../core/json.ts';
import { nearest } from '../../core/nearest.ts';
import { type Document, rangeOfKey, rangeOfValue } from '../../spec/document.ts';
import { parseDocuments } from '../../spec/parse.ts';
import { childPointer } from '../../spec/pointer.ts';
import type { Context } from '../contexts.ts';

type Shape = 'text' | 'texts' | 'boolean';

const EXPECTED: Readonly<Record<Shape, string>> = {
  text: 'a text',
  texts: 'a list of texts',
  boolean: 'true or false',
};

const CONTEXT_KEYS: Readonly<Record<keyof Context, Shape>> = {
  endpoints: 'texts',
  token: 'text',
  tokenFile: 'text',
  username: 'text',
  ca: 'text',
  fingerprints: 'texts',
  insecure: 'boolean',
  audit: 'text',
};
const FILE_KEYS: readonly string[] = ['current', 'contexts'];

function refuse({ file, line, column }: Range, reason: string, hints: readonly string[]): never {
  throw new PvevmError('CONFIG', `cannot use the contexts: ${file}:${line}:${column}: ${reason}`, { hints });
}

function checkKeys(document: Document, value: JsonObject, pointer: string, known: readonly string[]): void {
  for (const key of Object.keys(value)) {
    if (known.includes(key)) continue;
    const near = nearest(key, known);
    // A key that is near none may be a secret on the wrong side of a colon.
    refuse(rangeOfKey(document, childPointer(pointer, key)), 'this key is not known', [
      near === undefined ? `Known are: ${known.join(', ')}.` : `Did you mean ${near}?`,
    ]);
  }
}

function fits(value: unknown, shape: Shape): boolean {
  const isText = (item: unknown): boolean => typeof item === 'string' && item.trim() !== '';
  if (shape === 'boolean') return typeof value === 'boolean';
  return shape === 'text' ? isText(value) : Array.isArray(value) && value.length > 0 && value.every(isText);
}

function readContext(document: Document, name: string, value: unknown): Context {
  const pointer = childPointer('/contexts', name);
  const range = rangeOfKey(document, pointer);
  if (!isObject(value)) return refuse(range, 'a context is a map of keys', [`Expected are: ${keysOfContexts()}.`]);
  const context = value as JsonObject;
  checkKeys(document, context, pointer, Object.keys(CONTEXT_KEYS));
  for (const [key, shape] of Object.entries(CONTEXT_KEYS)) {
    if (!Object.hasOwn(context, key) || fits(context[key], shape)) continue;
    refuse(rangeOfValue(document, childPointer(pointer, key)), `${key} is ${EXPECTED[shape]}`, []);
  }
  if (context['endpoints'] === undefined) {
    refuse(range, 'endpoints are missing', ['Write them as in: endpoints: ["https://pve1:8006"]']);
  }
  const credentials = (['token', 'tokenFile', 'username'] as const).filter((key) => context[key] !== undefined);
  if (credentials.length !== 1) {
    refuse(range, 'a context has one of token, tokenFile and username', ['Passwords are not kept, but asked for.']);
  }
  // Every key was compared with its shape above.
  return context as unknown as Context;
}

function keysOfContexts(): string {
  return Object.keys(CONTEXT_KEYS).join(', ');
}

/**
 * The contexts of a file's text; `file` is its name in errors. Throws `CONFIG` with file, line and column where the
 * text is not YAML, a key is not known, or a value is not what it should be. No value is ever repeated.
 */
export function parseContexts(
  file: string,
  text: string,
): { readonly current?: string; readonly contexts: ReadonlyMap<string, Context> } {
  const { documents, diagnostics } = parseDocuments(file, text);
  const [problem] = diagnostics;
  if (problem !== undefined) {
    // Its words in full could repeat the text, and with it a token.
    refuse(problem.range ?? { file, line: 1, column: 1, length: 1 }, problem.summary, ['Correct it in an editor.']);
  }
  const [document, second] = documents;
  if (document === undefined) return { contexts: new Map() };
  if (second !== undefined) refuse(second.range, 'a second document begins here', ['Remove the line "---".']);
  checkKeys(document, document.value, '', FILE_KEYS);
  const { current, contexts = {} } = document.value;
  if (current !== undefined && typeof current !== 'string') {
    refuse(rangeOfValue(document, '/current'), 'current is the name of a context', ['Quote a name of digits.']);
  }
  if (contexts !== null && !isObject(contexts)) {
    refuse(rangeOfValue(document, '/contexts'), 'contexts is a map of contexts by name', []);
  }
  const read = Object.entries(contexts ?? {}).map(
    ([name, value]) => [name, readContext(document, name, value)] as const,
  );
  return { ...(current === undefined ? {} : { current }), contexts: new Map(read) };
}
