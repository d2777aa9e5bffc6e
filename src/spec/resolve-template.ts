import type { Diagnostic } from '../core/diagnostic.ts';
import { isObject, type Json } from '../core/json.ts';
import { type Document, rangeOfKey } from './document.ts';
import { makeInstances } from './instances.ts';
import { interpolateDocument } from './interpolate.ts';
import { isVariableName } from './placeholder.ts';
import { childPointer } from './pointer.ts';
import type { Scope } from './scope.ts';
import { loadSchemas, validateDocument } from './validate.ts';
import { displayValue } from './words.ts';

/** The documents that a document stands for, without variables and instances; and what was found. */
export interface ResolvedTemplate {
  readonly documents: readonly Document[];
  readonly diagnostics: readonly Diagnostic[];
}

// After this many the rest is noise.
const MAX_PROBLEMS = 20;
// They say what a document is, and are the same whatever the variables are.
const FIXED_KEYS: readonly string[] = ['kind', 'apiVersion', 'extends'];

function keysBut(value: Readonly<Record<string, Json>>, wanted: readonly string[]): ReadonlySet<string> {
  return new Set(Object.keys(value).filter((key) => !wanted.includes(key)));
}

function unused(document: Document, used: ReadonlySet<string>): readonly Diagnostic[] {
  const vars = document.value['vars'];
  return Object.keys(isObject(vars) ? vars : {}).flatMap((name) => {
    const pointer = childPointer('/vars', name);
    const range = rangeOfKey(document, pointer);
    // A base is shared: what this document does not use, another one may.
    if (used.has(name) || range.file !== document.file) return [];
    const detail = isVariableName(name)
      ? `Nothing in this document asks for \${var.${name}}.`
      : `No placeholder can ask for ${displayValue(name)}: a name is letters, digits, _ and -, and begins with a letter or _.`;
    return [{ severity: 'warning', code: 'SPEC_INVALID', summary: 'unused variable', detail, range, pointer }];
  });
}

/**
 * Replaces the placeholders of a document, and makes its instances. `scope` knows the variables of the command line and
 * of the project file; those of the document come after them. A defect that several instances share is found once.
 */
export async function resolveTemplate(kind: string, document: Document, outer: Scope): Promise<ResolvedTemplate> {
  const used = new Set<string>();
  const use = (name: string): void => {
    used.add(name);
    outer.use(name);
  };
  const scope: Scope = { ...outer, use, maps: [...outer.maps, { document, pointer: '/vars' }] };
  const schemas = await loadSchemas();
  // How many instances there are must be known before their values are; entries of each are read where they are asked for.
  const early = ['instances', ...(typeof document.value['each'] === 'string' ? ['each'] : [])];
  if (isObject(document.value['vmid'])) early.push('vmid');
  const head = await interpolateDocument(kind, document, keysBut(document.value, early), scope, schemas);
  if (head.diagnostics.length > 0) return { documents: [], diagnostics: head.diagnostics };
  const { vars, instances, each, vmid } = head.document.value;
  const parts = Object.entries({ vars, instances, each, ...(isObject(vmid) ? { vmid } : {}) });
  const given = Object.fromEntries(parts.filter(([, part]) => part !== undefined)) as Record<string, Json>;
  // What the rest of the document lacks is seen when it is whole.
  const invalid = (await validateDocument(kind, { ...head.document, value: { kind, name: 'x', ...given } })).filter(
    ({ pointer }) => pointer !== '',
  );
  if (invalid.length > 0) return { documents: [], diagnostics: invalid };
  const made = makeInstances(head.document, outer.budget);
  if ('problem' in made) return { documents: [], diagnostics: [made.problem] };

  const documents: Document[] = [];
  const diagnostics: Diagnostic[] = [];
  for (const instance of made.instances) {
    // What is wrong with one instance is mostly wrong with all of them.
    if (diagnostics.length >= MAX_PROBLEMS) break;
    const fixed = new Set(FIXED_KEYS);
    const done = await interpolateDocument(kind, instance.document, fixed, { ...scope, ...instance.scope }, schemas);
    if (done.diagnostics.length === 0) documents.push(done.document);
    diagnostics.push(...done.diagnostics);
  }
  return {
    documents,
    diagnostics: diagnostics.length > 0 || documents.length === 0 ? diagnostics : unused(document, used),
  };
}
