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
import { displayPath, readSources, type SourceFile, type SourceOptions } from './source.ts';
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

  const shared = await findProject(sources.files, sources.projectFolders, options.cwd);
  diagnostics.push(...shared.diagnostics);
  if (shared.file !== undefined && shared.text !== undefined) files.set(shared.file, shared.text);

  const resources: Resource[] = [];
  for (const document of parsed.flatMap((file) => file.documents)) {
    const resolved = await resolveDocument(document, shared);
    if ('spec' in resolved) resources.push(resolved);
    else diagnostics.push(...resolved.diagnostics);
  }
  diagnostics.push(...checkDuplicates(resources));

  const documents = parsed.reduce((count, file) => count + file.documents.length, 0);
  if (documents === 0 && sources.projectFolders.length === 0 && !hasErrors(diagnostics)) {
    diagnostics.push(fileProblem('no documents', 'What was read holds comments only.'));
  }
  return { resources, project: shared.project, diagnostics, files };
}

/** The one project of a run: all files must be in it, or in none. */
async function findProject(
  files: readonly SourceFile[],
  folders: readonly string[],
  cwd: string,
): Promise<LoadedProject> {
  const paths = new Map<string, string | undefined>();
  for (const folder of [...folders, ...files.map((source) => source.folder)]) {
    if (!paths.has(folder)) paths.set(folder, await findProjectFile(folder));
  }
  const [path, other] = new Set(paths.values());
  const several = new Set(paths.values()).size > 1;
  const loaded = path === undefined ? NO_PROJECT : await loadProject(path, cwd);
  if (!several) return loaded;
  const stray = files.find((source) => paths.get(source.folder) !== path) ?? files[0];
  const name = (file: string | undefined): string => (file === undefined ? 'no project file' : displayPath(file, cwd));
  const detail = `The documents of one run share one project file. This one belongs to ${name(other)}, others to ${name(path)}. Run pvevm for each project apart.`;
  const range = stray === undefined ? {} : { range: { file: stray.file, line: 1, column: 1, length: 1 } };
  const problem: Diagnostic = {
    severity: 'error',
    code: 'SPEC_INVALID',
    summary: 'several projects',
    detail,
    ...range,
  };
  return { ...loaded, diagnostics: [...loaded.diagnostics, problem] };
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
