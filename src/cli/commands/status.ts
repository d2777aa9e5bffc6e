import type { Diagnostic } from '../../core/diagnostic.ts';
import { PvevmError } from '../../core/error.ts';
import { EXIT_CODES, type ExitName } from '../../core/exit-code.ts';
import { readStatus, type Status } from '../../engine/status.ts';
import { systemClock } from '../../pve/clock.ts';
import { untilAborted } from '../../pve/until-aborted.ts';
import { formatDiagnostics, sortDiagnostics } from '../../report/diagnostics-text.ts';
import { statusJson } from '../../report/status-json.ts';
import { formatStatus } from '../../report/status-text.ts';
import { annotate, annotateDrift } from '../ci/annotate.ts';
import type { Connection } from '../connect.ts';
import type { Io } from '../io.ts';
import { type CheckedDocuments, exitOfDiagnostics } from '../load-checked.ts';
import { type CommandScope, loadOrReport, withConnection } from '../make-plan.ts';
import { createOutput } from '../output.ts';
import type { PlanCommandOptions } from '../plan-options.ts';
import { printError } from '../print-error.ts';
import { listenForInterrupts } from '../run/interrupt.ts';
import { selectResources } from '../select.ts';

/** The options of `status`. */
export interface StatusOptions extends PlanCommandOptions {
  readonly exitCode?: boolean;
  readonly wide?: boolean;
  /** Seconds between two looks; absent for one look. */
  readonly watch?: number;
}

type Scope = CommandScope<StatusOptions>;

// Goes to the first line of the screen, and clears it.
const CLEAR = '\u001b[H\u001b[2J';

function exitOf({ diagnostics, summary }: Status, { exitCode }: StatusOptions): ExitName {
  const failed = exitOfDiagnostics(diagnostics);
  if (failed !== 'ok') return failed;
  return exitCode === true && (summary.absent > 0 || summary.drifted > 0) ? 'changes' : 'ok';
}

async function look(
  { resources, project, diagnostics }: CheckedDocuments,
  { client }: Connection,
  { clock }: Scope,
): Promise<Status> {
  const status = await readStatus({ resources, project, pve: client, user: client.user, clock });
  return { ...status, diagnostics: sortDiagnostics([...diagnostics, ...status.diagnostics]) };
}

/** Errors always; warnings unless `--quiet`; notes that are of no one document, and the others with `--verbose`. */
function isShown({ severity, address }: Diagnostic, { quiet, verbose }: StatusOptions): boolean {
  if (severity === 'error') return true;
  if (quiet === true) return false;
  return severity === 'warning' || address === undefined || verbose === true;
}

function reportDiagnostics(status: Status, files: ReadonlyMap<string, string>, { options, output }: Scope): void {
  const shown = status.diagnostics.filter((diagnostic) => isShown(diagnostic, options));
  if (shown.length > 0)
    output.problem(`\n${formatDiagnostics(shown, files, output.problemTheme, output.problemWidth)}`);
}

function show(status: Status, files: ReadonlyMap<string, string>, scope: Scope): void {
  const { options, io, output } = scope;
  const { wide, verbose } = options;
  const width = io.stdout.columns || undefined;
  output.result(formatStatus(status, { theme: output.resultTheme, width, wide, verbose }));
  reportDiagnostics(status, files, scope);
}

/** Looks again and again until a signal comes, or nobody reads it any more. A connection that is lost for a moment is said, and tried again. */
async function watch(documents: CheckedDocuments, connection: Connection, scope: Scope): Promise<ExitName> {
  const { io, options, output, clock } = scope;
  const interrupts = listenForInterrupts(
    io,
    () => undefined,
    () => undefined,
  );
  const { signal } = interrupts;
  try {
    for (let round = 0; !signal.aborted; round += 1) {
      try {
        const status = await untilAborted(look(documents, connection, scope), signal);
        if (io.stdout.isTTY === true) io.stdout.write(CLEAR);
        else if (round > 0) output.result('\n');
        show(status, documents.files, scope);
      } catch (error) {
        const passes = error instanceof PvevmError && (error.code === 'CONNECT' || error.code === 'TIMEOUT');
        if (signal.aborted) break;
        if (round === 0 || !passes) throw error;
        printError(error, io, options);
      }
      await clock.sleep((options.watch ?? 0) * 1000, signal).catch(() => undefined);
    }
    // To go away is how a reader ends it.
    return interrupts.first === 'SIGPIPE' ? 'ok' : (interrupts.exit() ?? 'interrupted');
  } finally {
    interrupts.stop();
  }
}

/** Prints what the resources of documents are doing, and gives the exit code back. Nothing is changed. */
export async function runStatus(paths: readonly string[], options: StatusOptions, io: Io): Promise<number> {
  if (options.watch !== undefined && options.json === true) {
    throw new PvevmError('USAGE', 'cannot print --json with --watch', { hints: ['Leave one of them out.'] });
  }
  if (options.watch !== undefined && options.format === 'html') {
    throw new PvevmError('USAGE', 'cannot print --format html with --watch', { hints: ['Leave one of them out.'] });
  }
  const output = createOutput(io, options);
  const scope: Scope = { options, io, output, clock: systemClock };
  const loaded = await loadOrReport(paths, scope);
  if (typeof loaded === 'number') return loaded;
  const documents = await selectResources(loaded, options, 'alone');
  return withConnection({ ...scope, project: documents.project }, async (connection) => {
    if (options.watch !== undefined) return EXIT_CODES[await watch(documents, connection, scope)];
    const status = await look(documents, connection, scope);
    const exit = exitOf(status, options);
    annotate(status.diagnostics, io);
    if (options.exitCode === true) annotateDrift(status, io);
    if (options.json === true) output.json(statusJson(status, exit));
    else if (options.format === 'html') {
      const { formatStatusHtml } = await import('../../report/html/status-html.ts');
      output.result(formatStatusHtml(status, { label: connection.label, files: documents.files }));
      reportDiagnostics(status, documents.files, scope);
    } else show(status, documents.files, scope);
    return EXIT_CODES[exit];
  });
}
