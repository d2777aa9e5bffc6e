import { Composer, type Document as YamlDocument } from 'yaml';
import type { Diagnostic } from '../core/diagnostic.ts';
import { isObject, type JsonObject } from '../core/json.ts';
import { boundedTokens, type EarlyEnd, MAX_DEPTH, MAX_PARTS } from './bounded-tokens.ts';
import type { Document } from './document.ts';
import { createRanges, type Ranges } from './ranges.ts';
import { explainSyntaxError } from './syntax-error.ts';
import { syntaxProblem, toPlainValue } from './to-plain-value.ts';

/** The documents of a file, and what is wrong with the others. */
export interface ParsedFile {
  readonly documents: readonly Document[];
  readonly diagnostics: readonly Diagnostic[];
}

/** The summary of what is said where a list or a scalar stands in the place of a document. */
export const NO_DOCUMENT = 'no document';

// After this many the rest is noise.
const MAX_PROBLEMS = 20;

/**
 * Parses the YAML 1.2 documents of a text, keeping the place of every value. What YAML allows and a spec must not hold
 * (anchors, aliases, tags, merge keys, directives, duplicate keys, `__proto__`, imprecise integers, nesting deeper than
 * 64) is a diagnostic; a document that holds nothing but comments is skipped.
 */
export function parseDocuments(file: string, text: string): ParsedFile {
  const ranges = createRanges(file, text);
  const documents: Document[] = [];
  const diagnostics: Diagnostic[] = [];
  let early: EarlyEnd | undefined;
  // The library compares every pair of keys to find duplicates, and knows tags that a spec must not hold: both are ours.
  const composer = new Composer({ uniqueKeys: false, resolveKnownTags: false, prettyErrors: false });
  const tokens = boundedTokens(text, (found) => {
    early = found;
  });
  for (const composed of composer.compose(tokens)) {
    if (early !== undefined) break;
    const problems: Diagnostic[] = [];
    const document = readDocument(file, composed as YamlDocument, ranges, problems);
    diagnostics.push(...problems);
    if (document !== undefined && problems.length === 0) documents.push(document);
    if (diagnostics.length >= MAX_PROBLEMS) break;
  }
  if (early !== undefined) diagnostics.push(explainEarlyEnd(early, ranges));
  return { documents, diagnostics: diagnostics.slice(0, MAX_PROBLEMS) };
}

function explainEarlyEnd({ reason, offset }: EarlyEnd, ranges: Ranges): Diagnostic {
  if (reason === 'directive') {
    const detail = 'Directives (%NAME) have no place in a spec, which is YAML 1.2. Remove the line.';
    return syntaxProblem('directive', detail, ranges.at(offset, Number.MAX_SAFE_INTEGER));
  }
  const range = ranges.at(offset - 1, offset);
  return reason === 'depth'
    ? syntaxProblem('nested too deeply', `Maps and lists may be nested ${MAX_DEPTH} deep.`, range)
    : syntaxProblem(
        'file too large',
        `A file may have ${MAX_PARTS} keys, values and marks. Split it into several files.`,
        range,
      );
}

function readDocument(
  file: string,
  composed: YamlDocument,
  ranges: Ranges,
  problems: Diagnostic[],
): Document | undefined {
  // Later errors of a document mostly follow from its first.
  const [error] = [...composed.errors, ...composed.warnings].sort((left, right) => left.pos[0] - right.pos[0]);
  if (error !== undefined) {
    problems.push(explainSyntaxError(error, ranges));
    return undefined;
  }
  const { contents } = composed;
  // An empty document between two `---`.
  if (
    contents === null ||
    (contents.range !== null && contents.range !== undefined && contents.range[0] === contents.range[1])
  )
    return undefined;
  const { value, places } = toPlainValue(contents, ranges, problems);
  const [start = 0, end = 0] = contents.range ?? [];
  if (isObject(value)) {
    const [firstKey] = places.values();
    return { file, range: firstKey?.key ?? ranges.at(start, end), value: value as JsonObject, places };
  }
  if (problems.length === 0) {
    problems.push(
      syntaxProblem(
        NO_DOCUMENT,
        'A document is a map of keys, as in "kind: vm". Here stands something else.',
        ranges.at(start, end),
      ),
    );
  }
  return undefined;
}
