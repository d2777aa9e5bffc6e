import { dirname, resolve } from 'node:path';
import type { Diagnostic } from '../core/diagnostic.ts';
import { fieldTables } from '../generated/schemas.ts';
import { type Document, rangeOfValue } from './document.ts';
import type { Words } from './explain-value.ts';
import { mergeDocuments } from './merge-documents.ts';
import { type ParsedFile, parseDocuments } from './parse.ts';
import { childPointer } from './pointer.ts';
import { displayPath, readText } from './source.ts';
import { displayValue, withArticle } from './words.ts';

/** Lays documents over the bases that they extend. */
export interface Bases {
  /** The document over its bases; undefined where that is impossible, which is among the diagnostics. */
  extend(document: Document): Promise<Document | undefined>;
  /** The absolute paths of all files that were extended. */
  readonly extended: ReadonlySet<string>;
  readonly diagnostics: readonly Diagnostic[];
}

// Deeper than anybody reads, and far from where the stack ends.
const MAX_CHAIN = 32;

/**
 * Makes what reads bases, each once. `parsed` holds the files that were read as documents, by absolute path: what is
 * wrong with them is reported elsewhere. The texts of all others are added to `texts`.
 */
export function createBases(cwd: string, parsed: ReadonlyMap<string, ParsedFile>, texts: Map<string, string>): Bases {
  const extended = new Set<string>();
  const diagnostics: Diagnostic[] = [];
  const merged = new Map<string, Document | undefined>();

  const report = (document: Document, pointer: string, [summary, detail]: Words): undefined => {
    const range = rangeOfValue(document, pointer);
    diagnostics.push({ severity: 'error', code: 'SPEC_INVALID', summary, detail, range, pointer });
  };

  const readBase = async (path: string, by: Document, pointer: string): Promise<Document | undefined> => {
    const file = displayPath(path, cwd);
    let found = parsed.get(path);
    if (found === undefined) {
      const text = await readText(path, file);
      if (typeof text !== 'string') return report(by, pointer, [text.summary, text.detail]);
      texts.set(file, text);
      found = parseDocuments(file, text);
      diagnostics.push(...found.diagnostics);
    }
    const [document, second] = found.documents;
    if (found.diagnostics.length > 0) return undefined;
    if (document === undefined || second !== undefined) {
      const has = document === undefined ? 'no document' : `${found.documents.length} documents`;
      return report(by, pointer, ['no base', `A base is a file with one document. ${file} holds ${has}.`]);
    }
    return document;
  };

  const baseAt = async (path: string, by: Document, pointer: string, chain: readonly string[]) => {
    extended.add(path);
    if (merged.has(path)) return merged.get(path);
    const base = await readBase(path, by, pointer);
    const whole = base === undefined ? undefined : await extendFrom(base, [...chain, path]);
    merged.set(path, whole);
    return whole;
  };

  const extendFrom = async (document: Document, chain: readonly string[]): Promise<Document | undefined> => {
    const written = document.value['extends'];
    if (written === undefined) return document;
    const several = Array.isArray(written);
    const entries: readonly unknown[] = several ? written : [written];
    let below: Document | undefined;
    let complete = true;
    for (const [index, entry] of entries.entries()) {
      const pointer = several ? childPointer('/extends', index) : '/extends';
      const base = await baseOf(entry, document, pointer, chain);
      if (base === undefined) complete = false;
      else if (below === undefined) below = base;
      else below = await over(below, base);
    }
    if (!complete) return undefined;
    const { extends: _extends, ...own } = document.value;
    const rest: Document = { ...document, value: own };
    return below === undefined ? rest : over(below, rest);
  };

  const baseOf = async (
    entry: unknown,
    document: Document,
    pointer: string,
    chain: readonly string[],
  ): Promise<Document | undefined> => {
    if (typeof entry !== 'string' || entry === '') {
      return report(document, pointer, [
        'wrong type',
        `extends takes the path of a file, or a list of paths; here stands ${displayValue(entry)}.`,
      ]);
    }
    if (entry.includes('${')) {
      const detail = 'extends holds no placeholders: which files a document consists of can be read from it alone.';
      return report(document, pointer, ['placeholder not allowed here', detail]);
    }
    if (/^[a-z]+:\/\//i.test(entry)) {
      const detail = `A base is a file on this machine, and ${displayValue(entry)} is an address. Put a copy beside the document.`;
      return report(document, pointer, ['base is no file', detail]);
    }
    const path = resolve(cwd, dirname(rangeOfValue(document, pointer).file), entry);
    if (chain.includes(path) || chain.length > MAX_CHAIN) {
      const steps = [...chain.slice(Math.max(0, chain.indexOf(path))), path].map((step) => displayPath(step, cwd));
      const detail =
        steps.length === 2
          ? `${steps[0]} extends itself.`
          : `${steps.slice(0, 2).join(' extends ')}${steps
              .slice(2)
              .map((step) => `, which extends ${step}`)
              .join('')}.`;
      return report(document, pointer, [chain.includes(path) ? 'cycle of bases' : 'too many bases', detail]);
    }
    const base = await baseAt(path, document, pointer, chain);
    const kinds = [document.value['kind'], base?.value['kind']];
    if (base !== undefined && !kinds.includes(undefined) && kinds[0] !== kinds[1]) {
      const detail = `${displayPath(path, cwd)} is a base of kind ${String(kinds[1])}, and cannot be one of ${withArticle(String(kinds[0]))}.`;
      return report(document, pointer, ['base of another kind', detail]);
    }
    return base;
  };

  const over = async (below: Document, above: Document): Promise<Document> => {
    const kind = String(above.value['kind'] ?? below.value['kind']);
    return mergeDocuments(below, above, (await fieldTables[kind]?.()) ?? []);
  };

  return {
    extended,
    diagnostics,
    extend: (document) => extendFrom(document, [resolve(cwd, document.file)]),
  };
}
