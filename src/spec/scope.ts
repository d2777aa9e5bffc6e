import { dirname, resolve } from 'node:path';
import type { JsonObject } from '../core/json.ts';
import type { Budget } from './budget.ts';
import type { Document } from './document.ts';
import { causeOf, displayPath, readBytes } from './source.ts';
import type { VariableMap } from './variables.ts';

/** The largest file that `${file:PATH}` reads, in bytes. */
const MAX_VALUE_BYTES = 1000 * 1000;

/** The text of a file that a placeholder names, or why there is none, as a sentence. */
export type FileValue = { readonly text: string } | { readonly problem: string };

/** What placeholders can ask for, and who is told of it. */
export interface Scope {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Variables of the command line, as text. */
  readonly given: ReadonlyMap<string, string>;
  /** Variables of files; the first map that has a name wins. */
  readonly maps: readonly VariableMap[];
  /** The number of the instance; absent where the document has none. */
  readonly index?: number;
  /** The entry of `each`; absent where the document has none. */
  readonly each?: { readonly document: Document; readonly pointer: string; readonly values: JsonObject };
  /** The key whose values are read, where it takes fewer placeholders than a field: `vars`, or `each`. */
  readonly inside?: 'vars' | 'each';
  /** Reads a file; its path is relative to the file that names it, which is named as diagnostics do. */
  readonly readValue: (path: string, namedIn: string) => Promise<FileValue>;
  /** What all documents may come to together. */
  readonly budget: Budget;
  /** Is told the name of every variable that is asked for. */
  readonly use: (name: string) => void;
  /** The texts of all files, to find the placeholders in them. */
  readonly texts: ReadonlyMap<string, string>;
  /** Is told every secret, so that nothing shows it. */
  readonly tellSecret: (secret: string) => void;
}

async function readValueOf(path: string, shown: string): Promise<FileValue> {
  try {
    const bytes = await readBytes(path, MAX_VALUE_BYTES);
    if (bytes === 'too large') return { problem: `${shown} is larger than 1 MB.` };
    if (bytes.includes(0)) return { problem: `${shown} is a binary file.` };
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    return { text: text.replace(/\r?\n$/, '') };
  } catch (error) {
    if (error instanceof TypeError) return { problem: `${shown} is not UTF-8 text.` };
    return { problem: `${shown} cannot be read. ${causeOf(error)}` };
  }
}

/** Reads the files that placeholders name, each once. A file's last line break is no part of its text. */
export function createValueReader(cwd: string): Scope['readValue'] {
  const known = new Map<string, Promise<FileValue>>();
  return (path, namedIn) => {
    const whole = resolve(cwd, dirname(namedIn), path);
    const found = known.get(whole) ?? readValueOf(whole, displayPath(whole, cwd));
    known.set(whole, found);
    return found;
  };
}
