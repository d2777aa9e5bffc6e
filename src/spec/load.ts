import { formatAddress } from '../core/address.ts';
import { type Diagnostic, hasErrors } from '../core/diagnostic.ts';
import type { Project, Resource } from '../core/resource.ts';
import { fieldTables } from '../generated/schemas.ts';
import { checkDuplicates } from './check-duplicates.ts';
import { checkIgnore } from './check-ignore.ts';
import { fileProblem } from './decode-text.ts';
import type { Document } from './document.ts';
import { expandDocument } from './expand.ts';
import { mergeDefaults } from './merge-defaults.ts';
import { parseDocuments } from './parse.ts';
import { findProjectFile, type LoadedProject, loadProject, NO_PROJECT } from './project.ts';
import { readSources, type SourceFile, type SourceOptions } from './source.ts';
import { checkKind, validateDocument } from './validate.ts';

/** What the documents of a run come to. */
export interface LoadedResources {
  /** In the order of the files, and of the documents in them. */
  readonly resources: readonly Resource[];
  readonly project: Project;
  /** Where one of them is an error, `resources` holds the documents without errors only. */
  readonly diagnostics: readonly Diagnostic[];
  /** The texts that were read, by file, for showing the lines that diagnostics speak of. */
  readonly files: ReadonlyMap<string, string>;
}

/**
 * The whole way from a command's arguments to resources: read, parse, find the project, check each document against its
 * schema, write its short forms out, merge its defaults, compare the documents with each other. Variables and `extends`
 * belong between parsing and the check of the schema, `instances` between the merge and the comparison. Nothing is
 * contacted; every finding is a diagnostic, none is thrown.
 */
export async function loadResources(inputs: readonly string[], options: SourceOptions): Promise<LoadedResources> {
  const sources = await readSources(inputs, options);
  const diagnostics: Diagnostic[] = [...sources.diagnostics];
  const files = new Map(sources.files.map(({ file, text }) => [file, text]));
  const parsed = sources.files.map((source) => ({ source, ...parseDocuments(source.file, source.text) }));
  diagnostics.push(...parsed.flatMap((file) => file.diagnostics));

  const projects = await findProjects(
    [...sources.projectFolders, ...sources.files.map((file) => file.folder)],
    options.cwd,
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
        const resolved = await resolveDocument(document, projects.get(source.folder) ?? NO_PROJECT);
        if ('spec' in resolved) mine.push(resolved);
        else diagnostics.push(...resolved.diagnostics);
      }
    }
    diagnostics.push(...checkDuplicates(mine));
    resources.push(...mine);
  }

  const documents = parsed.reduce((count, file) => count + file.documents.length, 0);
  if (documents === 0 && sources.projectFolders.length === 0 && !hasErrors(diagnostics)) {
    diagnostics.push(fileProblem('no documents', 'What was read holds comments only.'));
  }
  return { resources, project: shared.project, diagnostics, files };
}

/** The project of each folder; folders with one project file, or with none, share one value. */
async function findProjects(folders: readonly string[], cwd: string): Promise<ReadonlyMap<string, LoadedProject>> {
  const byPath = new Map<string | undefined, LoadedProject>();
  const byFolder = new Map<string, LoadedProject>();
  for (const folder of new Set(folders)) {
    const path = await findProjectFile(folder);
    const loaded = byPath.get(path) ?? (path === undefined ? NO_PROJECT : await loadProject(path, cwd));
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

async function resolveDocument(
  document: Document,
  shared: LoadedProject,
): Promise<Resource | { readonly diagnostics: readonly Diagnostic[] }> {
  const wrongKind = checkKind(document);
  if (wrongKind !== undefined) return { diagnostics: [wrongKind] };
  const kind = String(document.value['kind']);
  const name = document.value['name'];
  const fields = (await fieldTables[kind]?.()) ?? [];
  const invalid = await validateDocument(kind, document);
  if (typeof name !== 'string') return { diagnostics: invalid };
  const address = formatAddress(kind, name);
  if (invalid.length > 0) return { diagnostics: invalid.map((diagnostic) => ({ ...diagnostic, address })) };
  const expanded = expandDocument(document, fields);
  const problems = [...expanded.diagnostics, ...checkIgnore(document, fields), ...checkMark(document, shared)];
  if (problems.length > 0) return { diagnostics: problems.map((diagnostic) => ({ ...diagnostic, address })) };
  const merged = mergeDefaults(expanded.document, shared.defaults.get(kind), fields);
  return { address, kind, name, range: document.range, ...merged };
}

function checkMark(document: Document, { project }: LoadedProject): readonly Diagnostic[] {
  if (project.mark !== 'none' || document.value['vmid'] !== undefined) return [];
  const detail = `${project.file} says mark: none, so that guests are known by their ids alone. Write a vmid.`;
  return [
    { severity: 'error', code: 'SPEC_INVALID', summary: 'missing key', detail, range: document.range, pointer: '' },
  ];
}
