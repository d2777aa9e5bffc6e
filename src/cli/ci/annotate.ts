import { isAbsolute, relative, resolve } from 'node:path';
import type { Diagnostic } from '../../core/diagnostic.ts';
import { errorName } from '../../core/error-name.ts';
import type { Plan, ResourcePlan } from '../../core/plan.ts';
import { NO_FILE } from '../../core/resource.ts';
import type { Status } from '../../engine/status.ts';
import { type Annotation, formatAnnotation } from '../../report/annotation.ts';
import type { RunRecord } from '../../report/run/run-summary.ts';
import { foldDiagnostics } from '../../report/select-diagnostics.ts';
import type { Io } from '../io.ts';

// GitHub shows so many of each severity for a step.
const MAX_SHOWN = 10;

type Place = NonNullable<Annotation['place']>;

/** Where the document of a resource stands, as the CI system knows it; undefined for what no document describes. */
function placeOfResource(source: ResourcePlan['source'] | undefined, io: Io): Place | undefined {
  if (source === undefined || source.file === NO_FILE) return undefined;
  return { ...source, file: fileInRepository(source.file, io) };
}

/** A file as the CI system knows it: relative to the root of the repository, where it is in it. */
export function fileInRepository(file: string, { env, cwd }: Pick<Io, 'env' | 'cwd'>): string {
  const root = env['GITHUB_WORKSPACE'] ?? env['CI_PROJECT_DIR'];
  if (root === undefined || root === '') return file;
  const path = relative(root, resolve(cwd, file)).replaceAll('\\', '/');
  return path === '' || path.startsWith('../') || isAbsolute(path) ? file : path;
}

function send(annotations: readonly Annotation[], io: Io): void {
  const { command, clean = (text: string) => text } = io;
  if (command === undefined) return;
  for (const severity of ['error', 'warning'] as const) {
    const shown = annotations.filter((annotation) => annotation.severity === severity).slice(0, MAX_SHOWN);
    for (const annotation of shown) command(formatAnnotation(annotation, clean));
  }
}

function placeOf({ range, address }: Diagnostic, io: Io, plan: Plan | undefined): Annotation['place'] {
  if (range !== undefined) return { ...range, file: fileInRepository(range.file, io) };
  return placeOfResource(plan?.resources.find((resource) => resource.address === address)?.source, io);
}

/**
 * Shows errors and warnings on the lines of the files they speak of, where the program runs in GitHub Actions; nothing
 * elsewhere. What speaks of no line is shown at its resource's document, where the plan has it.
 */
export function annotate(diagnostics: readonly Diagnostic[], io: Io, plan?: Plan): void {
  if (io.command === undefined) return;
  const annotations = foldDiagnostics(diagnostics).flatMap(({ diagnostic }): readonly Annotation[] => {
    const { severity, code, summary, detail } = diagnostic;
    if (severity === 'note') return [];
    const place = placeOf(diagnostic, io, plan);
    const title = `${summary} [${errorName(code)}]`;
    return [{ severity, title, message: detail, ...(place === undefined ? {} : { place }) }];
  });
  send(annotations, io);
}

/** Shows the failed steps of a run at the documents of their resources, where the program runs in GitHub Actions. */
export function annotateFailures(plan: Plan, record: RunRecord, io: Io): void {
  if (io.command === undefined) return;
  const annotations = [...record.steps, ...record.rollbackSteps].flatMap((step): readonly Annotation[] => {
    const { error, resource, title } = step;
    if (error === undefined) return [];
    const place = placeOfResource(plan.resources.find(({ address }) => address === resource)?.source, io);
    const message = [error.message, ...error.details, ...error.hints].join('\n');
    const named = `${resource}: ${title} [${errorName(error.code)}]`;
    return [{ severity: 'error', title: named, message, ...(place === undefined ? {} : { place }) }];
  });
  send(annotations, io);
}

/** Shows each resource that is absent or has drifted at its document, where the program runs in GitHub Actions. */
export function annotateDrift({ resources }: Status, io: Io): void {
  if (io.command === undefined) return;
  const annotations = resources.flatMap(({ address, source, state, drift }): readonly Annotation[] => {
    const place = { ...source, file: fileInRepository(source.file, io) };
    if (state === 'absent') return [{ severity: 'warning', title: `${address} is absent`, message: '', place }];
    if (drift.length === 0) return [];
    return [{ severity: 'warning', title: `${address} differs from its document`, message: drift.join('\n'), place }];
  });
  send(annotations, io);
}

/** Shows an error that ended the program, where it runs in GitHub Actions. */
export function annotateError(title: string, hints: readonly string[], io: Io): void {
  send([{ severity: 'error', title, message: [title, ...hints].join('\n') }], io);
}
