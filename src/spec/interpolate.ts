import { isAbsolute, posix } from 'node:path';
import type { Diagnostic, Range } from '../core/diagnostic.ts';
import type { Json, JsonObject } from '../core/json.ts';
import { type Document, placeParts } from './document.ts';
import { explainMalformed, explainMisplaced, explainNoText, explainUndefined } from './explain-placeholder.ts';
import type { Words } from './explain-value.ts';
import { fitType } from './fit-type.ts';
import { locatePart } from './locate-part.ts';
import { displayPlaceholder, hasPlaceholders, holdsPlaceholder, type Placeholder, readParts } from './placeholder.ts';
import { childPointer, keysOf } from './pointer.ts';
import { type SchemasByKind, schemaAt } from './schema-node.ts';
import type { Scope } from './scope.ts';
import { isSecretAt } from './secrets.ts';
import { findVariable } from './variables.ts';

/** A document without placeholders, and what was wrong with them. */
export interface Interpolated {
  readonly document: Document;
  readonly diagnostics: readonly Diagnostic[];
}

interface Given {
  readonly value: Json;
  readonly text?: string;
  /** A text that gives the value again in another document; absent where it takes more than the environment and files. */
  readonly expression?: string;
}

// Reported already, where the value of the variable stands.
const REPORTED = 'reported';

type Answer = Given | Words | typeof REPORTED;
/** What was found in one document, and how much text its placeholders have made. */
interface Findings {
  readonly add: (pointer: string, words: Words, range: () => Range) => void;
  /** Takes account of so many characters; whether there may be so many. */
  readonly spend: (characters: number) => boolean;
  /** Whether it is of no use to go on. */
  readonly isFull: () => boolean;
  /** Whether what stands at a pointer of the document must not be shown. */
  readonly isSecret: (pointer: string) => boolean;
}

// After this many the rest is noise, and each is looked for in the text of its file.
const MAX_PROBLEMS = 20;
// A document of a few lines could otherwise make more text than memory holds, from files.
const MAX_CHARACTERS = 10_000_000;

function isWords(answer: Given | Words): answer is Words {
  return Array.isArray(answer);
}

/** A value that a file gives a variable, without the placeholders in it. */
async function readVariable(
  value: Json,
  at: { readonly document: Document; readonly pointer: string },
  scope: Scope,
  findings: Findings,
): Promise<Answer> {
  if (!hasPlaceholders(value)) return { value };
  let failed = false;
  const add: Findings['add'] = (...problem) => {
    failed = true;
    findings.add(...problem);
  };
  if (typeof value === 'string' && !findings.isFull()) {
    const given = await replaceText(value, at.pointer, at.document, scope, { ...findings, add });
    if (failed || given === undefined) return REPORTED;
    return { value: given.value, ...(given.expression === undefined ? {} : { expression: given.expression }) };
  }
  const found = await replace(value, at.pointer, at.document, scope, { ...findings, add });
  return failed ? REPORTED : { value: found };
}

async function ask(placeholder: Placeholder, file: string, scope: Scope, findings: Findings): Promise<Answer> {
  const { inside } = scope;
  switch (placeholder.source) {
    case 'env': {
      const { name, fallback } = placeholder;
      const value = Object.hasOwn(scope.env, name) ? scope.env[name] : undefined;
      if (fallback !== undefined && (value ?? '') === '') return { value: fallback };
      return value === undefined
        ? explainUndefined(placeholder, scope)
        : { value, expression: displayPlaceholder({ ...placeholder, source: 'env' }) };
    }
    case 'file': {
      const { path } = placeholder;
      const found = await scope.readValue(path, file);
      if (!('text' in found)) return ['cannot read file', found.problem];
      const fromHere = isAbsolute(path) ? path : posix.join(posix.dirname(file), path);
      return { value: found.text, expression: `\${file:${fromHere}}` };
    }
    case 'var': {
      if (inside === 'vars') return explainMisplaced('vars');
      const { name, fallback } = placeholder;
      scope.use(name);
      const found = findVariable(name, scope.given, scope.maps);
      if (fallback !== undefined && (found === undefined || found.value === '')) return { value: fallback };
      if (found === undefined) return explainUndefined(placeholder, scope);
      return found.at === undefined
        ? found
        : readVariable(found.value, found.at, { ...scope, inside: 'vars' }, findings);
    }
    case 'index': {
      if (inside !== undefined) return explainMisplaced(inside);
      if (scope.index === undefined) return explainUndefined(placeholder, scope);
      const text = String(scope.index).padStart(placeholder.width, '0');
      return { value: scope.index, text };
    }
    case 'each': {
      if (inside !== undefined) return explainMisplaced(inside);
      const { each } = scope;
      if (each === undefined || !Object.hasOwn(each.values, placeholder.name))
        return explainUndefined(placeholder, scope);
      const at = { document: each.document, pointer: childPointer(each.pointer, placeholder.name) };
      return readVariable(each.values[placeholder.name] ?? null, at, { ...scope, inside: 'each' }, findings);
    }
  }
}

/** The text with its placeholders replaced; undefined where that is impossible, which is reported. */
async function replaceText(
  text: string,
  pointer: string,
  document: Document,
  scope: Scope,
  findings: Findings,
): Promise<Given | undefined> {
  const parts = readParts(text);
  const place = document.places.get(pointer)?.value ?? document.range;
  const written: string[] = [];
  const expressions: (string | undefined)[] = [];
  let whole: Given | undefined;
  let failed = false;
  for (const [index, part] of parts.entries()) {
    if (typeof part === 'string') {
      written.push(part);
      expressions.push(undefined);
      continue;
    }
    const answer =
      part.source === 'malformed'
        ? explainMalformed(findings.isSecret(pointer) ? '${…}' : part.raw, scope)
        : await ask(part, place.file, scope, findings);
    const alone = parts.length === 1;
    const problem =
      answer === REPORTED
        ? undefined
        : isWords(answer)
          ? answer
          : !alone && (answer.value === null || typeof answer.value === 'object')
            ? explainNoText(part.raw, answer.value)
            : undefined;
    if (problem !== undefined) findings.add(pointer, problem, () => locatePart(parts, index, place, scope.texts));
    if (problem !== undefined || answer === REPORTED || isWords(answer)) {
      failed = true;
      continue;
    }
    if (alone) whole = answer;
    const piece = answer.text ?? String(answer.value);
    if (!findings.spend(piece.length)) {
      const detail = `The placeholders of one document may make ${MAX_CHARACTERS} characters of text.`;
      findings.add(pointer, ['too much text', detail], () => place);
      return undefined;
    }
    written.push(piece);
    expressions.push(answer.expression);
  }
  if (failed) return undefined;
  const known = expressions.length > 0 && !expressions.includes(undefined);
  return whole ?? { value: written.join(''), ...(known ? { expression: expressions.join('') } : {}) };
}

async function replace(
  value: Json,
  pointer: string,
  document: Document,
  scope: Scope,
  findings: Findings,
  onText?: (pointer: string, source: string, given: Given) => Json,
): Promise<Json> {
  if (typeof value === 'string') {
    if (!holdsPlaceholder(value) || findings.isFull()) return value;
    const given = await replaceText(value, pointer, document, scope, findings);
    if (given === undefined) return value;
    return onText === undefined ? given.value : onText(pointer, value, given);
  }
  if (typeof value !== 'object' || value === null || !hasPlaceholders(value)) return value;
  if (Array.isArray(value)) {
    const items: Json[] = [];
    for (const [index, item] of value.entries())
      items.push(await replace(item, childPointer(pointer, index), document, scope, findings, onText));
    return items;
  }
  const map: Record<string, Json> = {};
  for (const [key, child] of Object.entries(value))
    map[key] = await replace(child, childPointer(pointer, key), document, scope, findings, onText);
  return map;
}

/**
 * Replaces the placeholders in a document's values, but for those of some keys at its top. A value that is a placeholder
 * as a whole keeps its type; a text takes the type of its field where it can be read as that. Places stay, and say
 * which placeholders a value was made from.
 */
export async function interpolateDocument(
  kind: string,
  document: Document,
  except: ReadonlySet<string>,
  scope: Scope,
  schemas: SchemasByKind,
): Promise<Interpolated> {
  const places = new Map(document.places);
  const diagnostics: Diagnostic[] = [];
  let characters = 0;
  const findings: Findings = {
    add: (pointer, [summary, detail], range) => {
      if (diagnostics.length >= MAX_PROBLEMS) return;
      diagnostics.push({ severity: 'error', code: 'SPEC_INVALID', summary, detail, range: range(), pointer });
    },
    spend: (more) => {
      characters += more;
      return characters <= MAX_CHARACTERS;
    },
    isFull: () => diagnostics.length >= MAX_PROBLEMS || characters > MAX_CHARACTERS,
    isSecret: (pointer) => isSecretAt(schemaAt(kind, keysOf(pointer), schemas)),
  };
  const onText = (pointer: string, source: string, { value, text, expression }: Given): Json => {
    const placeholders = readParts(source).flatMap((part) =>
      typeof part === 'string' || part.source === 'malformed' ? [] : [displayPlaceholder(part)],
    );
    const place = places.get(pointer);
    const from = [...new Set(placeholders)].join(', ');
    const made = { from, ...(expression === undefined ? {} : { expression }) };
    if (place !== undefined) placeParts(places, value, pointer, from === '' ? place : { ...place, ...made });
    if (placeholders.length === 0) return value;
    return fitType(value, text, schemaAt(kind, keysOf(pointer), schemas));
  };
  const value: Record<string, Json> = {};
  for (const [key, child] of Object.entries<Json>(document.value as JsonObject)) {
    const at = childPointer('', key);
    value[key] = except.has(key) ? child : await replace(child, at, document, scope, findings, onText);
  }
  return { document: { ...document, value, places }, diagnostics };
}
