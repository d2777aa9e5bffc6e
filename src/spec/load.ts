import { resolve } from 'node:path';
import { type Diagnostic, hasErrors } from '../core/diagnostic.ts';
import { nearest } from '../core/nearest.ts';
import type { Project, Resource } from '../core/resource.ts';
import { createBudget } from './budget.ts';
import { checkDuplicates } from './check-duplicates.ts';
import { fileProblem, wholeFileProblem } from './decode-text.ts';
import type { Document } from './document.ts';
import { maskSource } from './mask-source.ts';
import { type ParsedFile, parseDocuments } from './parse.ts';
import { findProjectFile, type LoadedProject, loadProject, NO_PROJECT } from './project.ts';
import { resolveDocument } from './resolve-document.ts';
import { createValueReader, type Scope } from './scope.ts';
import { displayPath, readSources, readText, type SourceFile, type SourceOptions } from './source.ts';
import { readVariableFile, type VariableMap } from './variables.ts';

/** What the documents of a run come to. */
export interface LoadedResources {
  /** In the order of the files, and of the documents in them. */
  readonly resources: readonly Resource[];
  readonly project: Project;
  /** How many documents describe resources: bases that are no more than that do not count. */
  readonly documents: number;
  /** Where one of them is an error, `resources` holds the documents without errors only. */
  readonly diagnostics: readonly Diagnostic[];
  /** The texts that were read, by file, without secrets, for showing the lines that diagnostics speak of. */
  readonly files: ReadonlyMap<string, string>;
}

/**
 * The whole way from a command's arguments to resources: read, parse, find the project, lay each document over its
 * bases, replace its placeholders, make its instances, check each against its schema, write its short forms out, merge
 * its defaults, compare the documents with each other. Nothing is contacted; every finding is a diagnostic, none is
 * thrown.
 */
export async function loadResources(inputs: readonly string[], options: SourceOptions): Promise<LoadedResources> {
  const sources = await readSources(inputs, options);
  const diagnostics: Diagnostic[] = [...sources.diagnostics];
  const files = new Map(sources.files.map(({ file, text }) => [file, text]));
  const read = sources.files.map((source) => ({ source, ...parseDocuments(source.file, source.text) }));
  diagnostics.push(...read.flatMap((file) => file.diagnostics));
  const parsed = await extendDocuments(read, options.cwd, files, diagnostics);

  const maps = await readVariableFiles(options, files, diagnostics);
  if (maps === undefined) {
    const { project } = NO_PROJECT;
    return { resources: [], project, documents: 0, diagnostics, files: withoutSecrets(files) };
  }
  const used = new Set<string>();
  const scope: Scope = {
    env: options.env ?? {},
    given: options.variables ?? new Map(),
    maps,
    readValue: createValueReader(options.cwd),
    budget: createBudget(),
    use: (name) => used.add(name),
    texts: files,
    tellSecret: options.tellSecret ?? (() => undefined),
  };
  const projects = await findProjects(
    [...sources.projectFolders, ...sources.files.map((file) => file.folder)],
    options.cwd,
    scope,
  );
  const distinct = [...new Set(projects.values())];
  for (const project of distinct) {
    diagnostics.push(...project.diagnostics);
    if (project.file !== undefined && project.text !== undefined) files.set(project.file, project.text);
  }
  const [shared = NO_PROJECT, other] = distinct;
  if (other !== undefined && options.severalProjects !== true) {
    diagnostics.push(
      severalProjects(
        shared,
        other,
        sources.files.find((file) => projects.get(file.folder) === other),
      ),
    );
  }

  const resources: Resource[] = [];
  for (const project of distinct) {
    const mine: Resource[] = [];
    for (const { source, documents } of parsed.filter((file) => projects.get(file.source.folder) === project)) {
      for (const document of documents) {
        if (scope.budget.isSpent()) break;
        const resolved = await resolveDocument(document, projects.get(source.folder) ?? NO_PROJECT, scope);
        mine.push(...resolved.resources);
        diagnostics.push(...resolved.diagnostics);
      }
    }
    diagnostics.push(...checkDuplicates(mine));
    resources.push(...mine);
  }

  const isEmpty = read.every((file) => file.documents.length === 0);
  if (isEmpty && sources.projectFolders.length === 0 && !hasErrors(diagnostics)) {
    diagnostics.push(commentsOnly(read.map(({ source }) => source.file)));
  }
  // What was not read to its end may ask for more.
  if (!hasErrors(diagnostics)) {
    for (const name of scope.given.keys()) if (!used.has(name)) diagnostics.push(unusedVariable(name, used));
  }
  return {
    resources,
    project: shared.project,
    documents: parsed.reduce((count, file) => count + file.documents.length, 0),
    diagnostics: withoutRepetition(diagnostics),
    files: withoutSecrets(files),
  };
}

function withoutSecrets(files: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  return new Map([...files].map(([file, text]) => [file, maskSource(text)]));
}

function unusedVariable(name: string, used: ReadonlySet<string>): Diagnostic {
  const near = nearest(name, used);
  const meant = near === undefined ? '' : ` Did you mean ${near}?`;
  const detail = `--var gives ${name} a value, and no document asks for \${var.${name}}.${meant}`;
  return { severity: 'warning', code: 'SPEC_INVALID', summary: 'unused variable', detail };
}

function commentsOnly(files: readonly string[]): Diagnostic {
  const [only, ...others] = files;
  return only === undefined || others.length > 0
    ? fileProblem('no documents', 'What was read holds comments only.')
    : wholeFileProblem(only, 'no documents', `${only} holds comments only.`);
}

/** Instances and bases share their text: what is wrong with it is said once. */
function withoutRepetition(diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
  const seen = new Set<string>();
  return diagnostics.filter(({ summary, detail, range }) => {
    const said = JSON.stringify([range, summary, detail]);
    if (seen.has(said)) return false;
    seen.add(said);
    return true;
  });
}

/** The variables of `--var-file`, the last file first: it wins. Undefined where one of them is wrong. */
async function readVariableFiles(
  { cwd, variableFiles = [] }: SourceOptions,
  files: Map<string, string>,
  diagnostics: Diagnostic[],
): Promise<readonly VariableMap[] | undefined> {
  const maps: VariableMap[] = [];
  for (const name of variableFiles) {
    const path = resolve(cwd, name);
    const file = displayPath(path, cwd);
    const text = await readText(path, file);
    if (typeof text !== 'string') {
      diagnostics.push(text);
      continue;
    }
    files.set(file, text);
    const read = readVariableFile(file, text);
    if ('document' in read) maps.unshift(read);
    else diagnostics.push(...read);
  }
  // Variables that are missing for that reason are no mistakes of the documents.
  return maps.length === variableFiles.length ? maps : undefined;
}

/** A file whose documents were read. */
interface ReadFile extends ParsedFile {
  readonly source: SourceFile;
}

/** Lays documents over their bases, and leaves those out that are bases only: others extend them, and they have no name. */
async function extendDocuments(
  read: readonly ReadFile[],
  cwd: string,
  texts: Map<string, string>,
  diagnostics: Diagnostic[],
): Promise<readonly ReadFile[]> {
  const isExtending = ({ value }: Document): boolean => Object.hasOwn(value, 'extends');
  if (!read.some((file) => file.documents.some(isExtending))) return read;
  const { createBases } = await import('./extends.ts');
  const byPath = new Map(read.map((file) => [resolve(cwd, file.source.file), file]));
  const bases = createBases(cwd, byPath, texts);
  const whole = new Map<Document, Document | undefined>();
  for (const document of read.flatMap((file) => file.documents)) whole.set(document, await bases.extend(document));
  diagnostics.push(...bases.diagnostics);
  return read.map((file) => {
    const isExtended = bases.extended.has(resolve(cwd, file.source.file));
    const own = file.documents.filter(({ value }) => !isExtended || Object.hasOwn(value, 'name'));
    return { ...file, documents: own.flatMap((document) => whole.get(document) ?? []) };
  });
}

/** The project of each folder; folders with one project file, or with none, share one value. */
async function findProjects(
  folders: readonly string[],
  cwd: string,
  scope: Scope,
): Promise<ReadonlyMap<string, LoadedProject>> {
  const byPath = new Map<string | undefined, LoadedProject>();
  const byFolder = new Map<string, LoadedProject>();
  for (const folder of new Set(folders)) {
    const path = await findProjectFile(folder);
    const loaded = byPath.get(path) ?? (path === undefined ? NO_PROJECT : await loadProject(path, cwd, scope));
    byPath.set(path, loaded);
    byFolder.set(folder, loaded);
  }
  return byFolder;
}

function severalProjects(shared: LoadedProject, other: LoadedProject, stray: SourceFile | undefined): Diagnostic {
  const name = (project: LoadedProject): string => project.file ?? 'no project file';
  const detail = `The documents of one run share one project file. This one belongs to ${name(other)}, others to ${name(shared)}. Run pvevm for each project apart.`;
  const range = stray === undefined ? {} : { range: { file: stray.file, line: 1, column: 1, length: 1 } };
  return { severity: 'error', code: 'SPEC_INVALID', summary: 'several projects', detail, ...range };
}
