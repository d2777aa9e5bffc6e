import { statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Diagnostic } from '../core/diagnostic.ts';
import { isObject, type JsonObject } from '../core/json.ts';
import type { Project } from '../core/resource.ts';
import { fieldTables } from '../generated/schemas.ts';
import { type Document, rangeOfValue } from './document.ts';
import { expandDocument } from './expand.ts';
import type { Interpolated } from './interpolate.ts';
import type { ProjectDefaults } from './merge-defaults.ts';
import { parseDocuments } from './parse.ts';
import { hasPlaceholders } from './placeholder.ts';
import { childPointer } from './pointer.ts';
import type { Scope } from './scope.ts';
import { tellSecrets } from './secrets.ts';
import { displayPath, PROJECT_FILE, readText } from './source.ts';
import { loadSchemas, validateDocument } from './validate.ts';
import type { VariableMap } from './variables.ts';

/** A project file: what it says of the run, its defaults by kind, its text, and what is wrong with it. */
export interface LoadedProject {
  readonly project: Project;
  readonly defaults: ReadonlyMap<string, ProjectDefaults>;
  /** Its variables, where it has some. */
  readonly vars?: VariableMap;
  /** The project file, relative to the working folder, and its text. */
  readonly file?: string;
  readonly text?: string;
  readonly diagnostics: readonly Diagnostic[];
}

// They say what the file is; a variable's value is read where it is asked for.
const UNCHANGED_KEYS: ReadonlySet<string> = new Set(['kind', 'apiVersion', 'vars']);

/** A run without a project file. */
export const NO_PROJECT: LoadedProject = {
  project: { stack: null, mark: 'full' },
  defaults: new Map(),
  diagnostics: [],
};

function isFile(path: string): boolean {
  try {
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

/** The project file of a folder: the nearest `pvevm.yaml` in it or above it; undefined where there is none. */
export async function findProjectFile(folder: string): Promise<string | undefined> {
  const candidate = join(folder, PROJECT_FILE);
  if (isFile(candidate)) return candidate;
  const above = dirname(folder);
  return above === folder ? undefined : findProjectFile(above);
}

async function readDefaults(
  document: Document,
): Promise<{ defaults: Map<string, ProjectDefaults>; diagnostics: readonly Diagnostic[] }> {
  const defaults = new Map<string, ProjectDefaults>();
  const diagnostics: Diagnostic[] = [];
  const byKind = document.value['defaults'];
  for (const [kind, value] of Object.entries(isObject(byKind) ? (byKind as JsonObject) : {})) {
    if (!isObject(value)) continue;
    const pointer = childPointer('/defaults', kind);
    const places = new Map(
      [...document.places]
        .filter(([at]) => at.startsWith(pointer))
        .map(([at, place]) => [at.slice(pointer.length), place]),
    );
    const expanded = expandDocument(
      { ...document, value: value as JsonObject, places },
      (await fieldTables[kind]?.()) ?? [],
    );
    defaults.set(kind, expanded.document);
    diagnostics.push(...expanded.diagnostics);
  }
  return { defaults, diagnostics };
}

/** What a project file says of the run. */
function readProject(file: string, { value: { stack, context, mark } }: Document): Project {
  return {
    file,
    stack: typeof stack === 'string' ? stack : null,
    ...(typeof context === 'string' && !hasPlaceholders(context) ? { context } : {}),
    mark: mark === 'description' || mark === 'none' ? mark : 'full',
  };
}

/** Replaces the placeholders of a project file; those of its variables when they are asked for. */
async function interpolateProject(document: Document, scope: Scope): Promise<Interpolated> {
  const { vars: _vars, ...value } = document.value;
  if (!hasPlaceholders(value)) return { document, diagnostics: [] };
  const { interpolateDocument } = await import('./interpolate.ts');
  const maps = [...scope.maps, { document, pointer: '/vars' }];
  return interpolateDocument('project', document, UNCHANGED_KEYS, { ...scope, maps }, await loadSchemas());
}

/**
 * Reads and checks a project file; `path` is absolute. Without a `scope` its placeholders stay, and its defaults are
 * not read.
 */
export async function loadProject(path: string, cwd: string, scope?: Scope): Promise<LoadedProject> {
  const file = displayPath(path, cwd);
  const read = await readText(path, file);
  if (typeof read !== 'string') return { ...NO_PROJECT, file, diagnostics: [read] };
  const { documents, diagnostics: syntax } = parseDocuments(file, read);
  const [document, second] = documents;
  const found = { file, text: read };
  if (document === undefined || second !== undefined || syntax.length > 0) {
    const summary = second === undefined ? 'no project' : 'several documents';
    const detail = `${PROJECT_FILE} holds one document, of kind: project.`;
    const range = second?.range ?? { file, line: 1, column: 1, length: 1 };
    return {
      ...NO_PROJECT,
      ...found,
      diagnostics: syntax.length > 0 ? syntax : [{ severity: 'error', code: 'SPEC_INVALID', summary, detail, range }],
    };
  }
  const kind = document.value['kind'];
  if (typeof kind === 'string' && kind !== 'project' && Object.hasOwn(fieldTables, kind)) {
    const detail = `${PROJECT_FILE} is the name of project files, which have kind: project. Give the file of this ${kind} another name.`;
    const range = rangeOfValue(document, '/kind');
    const problem: Diagnostic = { severity: 'error', code: 'SPEC_INVALID', summary: 'no project', detail, range };
    return { ...NO_PROJECT, ...found, diagnostics: [problem] };
  }
  if (scope === undefined) {
    const { defaults: _defaults, ...value } = document.value;
    const problems = await validateDocument('project', { ...document, value });
    return {
      ...NO_PROJECT,
      ...found,
      diagnostics: problems,
      ...(problems.length > 0 ? {} : { project: readProject(file, document) }),
    };
  }
  const { document: whole, diagnostics: undefinedValues } = await interpolateProject(document, scope);
  const byKind = whole.value['defaults'];
  for (const [kind, value] of Object.entries(isObject(byKind) ? (byKind as JsonObject) : {})) {
    // The kinds were not checked yet: one may have the name of what every object has.
    const fields = Object.hasOwn(fieldTables, kind) ? await fieldTables[kind]?.() : undefined;
    if (isObject(value)) tellSecrets(value as JsonObject, fields ?? [], scope.tellSecret);
  }
  const invalid = undefinedValues.length > 0 ? undefinedValues : await validateDocument('project', whole);
  if (invalid.length > 0) return { ...NO_PROJECT, ...found, diagnostics: invalid };
  const { defaults, diagnostics } = await readDefaults(whole);
  const vars = isObject(document.value['vars']) ? { vars: { document, pointer: '/vars' } } : {};
  return { project: readProject(file, whole), defaults, ...vars, ...found, diagnostics };
}
