import { type Diagnostic, hasErrors } from '../core/diagnostic.ts';
import { type ExitName, exitNameOfAll } from '../core/exit-code.ts';
import type { Project, Resource } from '../core/resource.ts';
import { sortDiagnostics } from '../report/diagnostics-text.ts';
import { loadResources } from '../spec/load.ts';
import type { SourceOptions } from '../spec/source.ts';
import { checkResources } from './check-resources.ts';

/** Documents that were read and checked, as far as that goes without a cluster. */
export interface CheckedDocuments {
  readonly resources: readonly Resource[];
  readonly project: Project;
  /** How many documents describe resources. */
  readonly documents: number;
  /** What is wrong with them, in the order in which it is shown. */
  readonly diagnostics: readonly Diagnostic[];
  readonly valid: boolean;
  /** How a command ends that only checks them. */
  readonly exit: ExitName;
  /** The texts that were read, by file. */
  readonly files: ReadonlyMap<string, string>;
}

/** The exit's name for what diagnostics say; `ok` where none is an error. */
export function exitOfDiagnostics(diagnostics: readonly Diagnostic[]): ExitName {
  return exitNameOfAll(diagnostics.filter(({ severity }) => severity === 'error').map(({ code }) => code));
}

/** Reads documents and checks them, without contacting anything: their schema, and the rules between fields. */
export async function loadChecked(paths: readonly string[], source: SourceOptions): Promise<CheckedDocuments> {
  const { resources, project, documents, files, diagnostics: found } = await loadResources(paths, source);
  const diagnostics = sortDiagnostics([...found, ...(await checkResources(resources))]);
  return {
    resources,
    project,
    documents,
    files,
    diagnostics,
    valid: !hasErrors(diagnostics),
    exit: exitOfDiagnostics(diagnostics),
  };
}
