import { hasErrors } from '../../core/diagnostic.ts';
import type { ApplyEvent } from '../../core/event.ts';
import { EXIT_CODES, type ExitName, exitNameOfAll } from '../../core/exit-code.ts';
import { hasChanges, type Plan, type PlanSource } from '../../core/plan.ts';
import { type ApplyResult, applyPlan } from '../../engine/apply.ts';
import { checkStale } from '../../engine/check-stale.ts';
import { type MissingConsent, missingConsent, neededConsent, stepsWithoutConsent } from '../../engine/consent.ts';
import type { Replan } from '../../engine/replan/plan-anew.ts';
import type { Rollback } from '../../engine/rollback/roll-back.ts';
import type { SecretSource } from '../../engine/step/placeholders.ts';
import { auditFailureText } from '../../report/audit/audit-text.ts';
import { formatDiagnostics } from '../../report/diagnostics-text.ts';
import { formatPlan } from '../../report/plan/plan-text.ts';
import { createEventsJson } from '../../report/run/events-json.ts';
import { rollbackNote } from '../../report/run/rollback-note.ts';
import { runJson, runResult } from '../../report/run/run-json.ts';
import { createRunRecord, formatRunSummary, recordEvent } from '../../report/run/run-summary.ts';
import { type PreparedAudit, prepareAudit } from '../audit/start-audit.ts';
import { annotate, annotateFailures } from '../ci/annotate.ts';
import { beginSection } from '../ci/sections.ts';
import { prepareRunSummary, summarizePlan } from '../ci/step-summary.ts';
import type { Connection } from '../connect.ts';
import { type CommandScope, reportFindings, reportPlanErrors } from '../make-plan.ts';
import { createOutput } from '../output.ts';
import { limitsOf, type RunCommandOptions } from '../plan-options.ts';
import { askOrLeave } from './ask-or-leave.ts';
import type { Interrupts } from './interrupt.ts';
import { openRunView } from './run-view.ts';
import { trackTasks } from './track-tasks.ts';
import { watchRun } from './watch-run.ts';

/** A plan that is to be carried out, and what its command knows of it. */
export interface PlannedRun {
  readonly plan: Plan;
  /** The texts of the documents, by file; none for a saved plan. */
  readonly files: ReadonlyMap<string, string>;
  /** The effects that may be had without a word more: those of `--allow`, and those that the command itself stands for. */
  readonly allowed: ReadonlySet<string>;
  /** What is asked before the first write; undefined where the plan was looked at before. */
  readonly question: string | undefined;
  readonly removal: boolean;
  /** The command's name, as in `apply`. */
  readonly command: string;
  /** The files of its documents, each with a SHA-256 of what they come to; those of the plan where it is not said. */
  readonly sources?: () => readonly PlanSource[];
  /** The command that goes on after a failure. */
  readonly continuation: string;
  /** The secrets that the plan's steps send; none where it is not said. */
  readonly secrets?: SecretSource;
  /** Told of all that happens, beside what is shown. */
  readonly onEvent?: (event: ApplyEvent) => void;
  /** Plans a guest anew that somebody else has changed meanwhile; none for a saved plan, which was approved as it is. */
  readonly replan?: Replan;
  /** Plans the removal of what the run has created, for where that is asked for and the run fails. */
  readonly rollback?: Rollback;
}

type Scope = CommandScope<RunCommandOptions>;

// What was agreed to is no longer what would be done.
const CHANGED_MEANWHILE =
  'Somebody else changed it before the answer, and nothing was written. Run the command again: it plans from what is there.';

function showPlan({ allowed, plan, files, removal }: PlannedRun, { label }: Connection, scope: Scope): void {
  const { options, io, output } = scope;
  // Standard output belongs to the JSON.
  const asMessage = options.json === true || options.events === true;
  const { verbose, showRequests } = options;
  const theme = asMessage ? output.problemTheme : output.resultTheme;
  const width = (asMessage ? io.stderr : io.stdout).columns;
  const text = formatPlan(plan, { theme, label, width, verbose, showRequests, removal, allowed });
  if (asMessage) output.message(text);
  else output.result(text);
  reportFindings(plan, files, scope);
  const note = options.rollbackOnFailure === true ? rollbackNote(plan) : undefined;
  if (note !== undefined) output.problem(`\n${note}`);
}

/** Effects that were not allowed, printed; undefined where the plan may run. */
function refuseWithoutConsent(run: PlannedRun, { options, io, output }: Scope): ExitName | undefined {
  const missing = missingConsent(run.plan, run.allowed);
  if (missing.length === 0) return undefined;
  if (options.json === true) output.json(runJson(run.plan, 'consent', null, missing));
  else {
    const found = formatDiagnostics(missing, run.files, output.problemTheme, output.problemWidth);
    const flags = neededConsent(run.plan).join(',');
    output.problem(`${found}\nTo allow all that the plan does, after looking at it, add:\n  --allow ${flags}`);
  }
  annotate(missing, io, run.plan);
  return 'consent';
}

/** The steps that a person is asked about by name: what a command stands for by itself, nobody has allowed yet. */
function stepsToAsk({ plan, allowed, removal }: PlannedRun, { options }: Scope): readonly MissingConsent[] {
  return stepsWithoutConsent(plan, removal ? new Set(options.allow ?? []) : allowed);
}

function exitOf(result: ApplyResult, interrupts: Interrupts): ExitName {
  if (result.outcome === 'ok') return 'ok';
  if (result.outcome === 'cancelled') return interrupts.exit() ?? 'interrupted';
  return result.wrote ? 'partial' : exitNameOfAll(result.errors.map(({ code }) => code));
}

/** How a run ends whose audit log could not be written to its end. */
function exitWithoutAudit({ outcome, wrote }: ApplyResult): ExitName {
  return wrote && outcome !== 'ok' ? 'partial' : 'error';
}

function isText({ json, events }: RunCommandOptions): boolean {
  return json !== true && events !== true;
}

async function carryOut(
  run: PlannedRun,
  connection: Connection,
  scope: Scope,
  audit: PreparedAudit | undefined,
): Promise<ExitName> {
  const { options, io, output, clock } = scope;
  const { plan } = run;
  const log = audit?.begin({ ...run, sources: run.sources?.() ?? plan.sources ?? [] });
  const tracker = trackTasks(connection.client);
  const { client } = tracker;
  const record = createRunRecord();
  const isQuiet = options.quiet === true;
  const showsSteps = isText(options) && !isQuiet;
  const view = isText(options) ? openRunView({ plan, theme: output.problemTheme, io, clock, isQuiet }) : undefined;
  const showEvent = options.events === true ? createEventsJson((text) => void io.stdout.write(text)) : undefined;
  const show = view?.event ?? showEvent ?? (() => undefined);
  const { continuation } = run;
  const onEvent = (event: ApplyEvent): void => {
    log?.event(event);
    recordEvent(record, event);
    show(event);
    run.onEvent?.(event);
  };
  // What signals make it say stands above what is drawn.
  const drawn =
    view === undefined ? scope : { ...scope, output: createOutput({ ...io, stderr: view.stderr }, options) };
  const summary = await prepareRunSummary({ plan, record, continuation }, io);
  const onLeave = summary.leave;
  const interrupts = watchRun({ plan, record, tracker, continuation, onEvent, onLeave }, drawn);
  // Room between the plan, the steps and the summary.
  const separate = (): void => {
    if (showsSteps) io.stderr.write('\n');
  };
  separate();
  const endSection = isText(options) ? beginSection(io, clock, 'run', 'Steps') : () => undefined;
  try {
    const result = await applyPlan({
      ...{ plan, clock, pve: client },
      signal: log === undefined ? interrupts.signal : AbortSignal.any([interrupts.signal, log.signal]),
      ...(log === undefined ? {} : { clientOf: (step) => log.clientOf(client, step) }),
      ...(options.parallelism === undefined ? {} : { parallelism: options.parallelism }),
      limits: limitsOf(options),
      ...(run.secrets === undefined ? {} : { secrets: run.secrets }),
      ...{ replan: run.replan, allowed: run.allowed, failFast: options.failFast === true },
      rollback: options.rollbackOnFailure === true ? run.rollback : undefined,
      onEvent: interrupts.event,
    });
    endSection();
    separate();
    annotateFailures(plan, record, io);
    if (!interrupts.isLeft) await summary.finish();
    const lost = log?.failure();
    const exit = lost === undefined ? exitOf(result, interrupts) : exitWithoutAudit(result);
    if (options.json === true) {
      if (!interrupts.isLeft) output.json(runJson(plan, exit, runResult(result, record)));
    } else if (options.events !== true) {
      const text = formatRunSummary(plan, record, run.continuation, output.resultTheme, io.stdout.columns);
      // Where no steps stand between it and the plan, they would run into each other.
      output.result(showsSteps ? text : `\n${text}`);
    }
    // What is left is for a person, wherever one can still read it.
    if (interrupts.first !== undefined && (!isText(options) || io.stdout.isClosed === true))
      output.problem(formatRunSummary(plan, record, run.continuation, output.problemTheme, io.stderr.columns));
    if (lost !== undefined) output.problem(auditFailureText(lost, output.problemTheme, output.problemWidth));
    else if (audit !== undefined && log !== undefined) output.message(`Audit log: ${audit.shown}, head ${log.head()}`);
    return exit;
  } finally {
    view?.close();
    interrupts.stop();
  }
}

async function askAndCarryOut(
  run: PlannedRun,
  connection: Connection,
  scope: Scope,
  audit: PreparedAudit | undefined,
): Promise<number> {
  const { options, io, output } = scope;
  const { verbose, showRequests } = options;
  await summarizePlan(run.plan, { ...run, label: connection.label, verbose, showRequests }, io);
  const failed = reportPlanErrors(run.plan, run.files, scope, (plan, exit) => runJson(plan, exit, null));
  if (failed !== undefined) return EXIT_CODES[failed];
  if (options.json !== true || options.yes !== true) showPlan(run, connection, scope);
  // Without changes there is nothing to ask; programs that read events or JSON get theirs all the same.
  const needsAnswer = hasChanges(run.plan) && run.question !== undefined && options.yes !== true;
  // A person who is asked anyway may allow what was not allowed beforehand.
  const mayAllow = needsAnswer && io.stdin.isTTY === true && options.json !== true && options.events !== true;
  const refused = mayAllow ? undefined : refuseWithoutConsent(run, scope);
  if (refused !== undefined) return EXIT_CODES[refused];
  const question = { text: run.question ?? '', missing: stepsToAsk(run, scope) };
  const onLeave = (exit: ExitName): void => {
    if (options.json === true) output.json(runJson(run.plan, exit, null));
  };
  if (needsAnswer && !(await askOrLeave(question, scope, onLeave))) {
    output.problem('Nothing was changed.');
    if (options.json === true) output.json(runJson(run.plan, 'consent', null));
    return EXIT_CODES.consent;
  }
  // A person may have thought for long.
  if (needsAnswer) await checkStale(run.plan, connection.client, CHANGED_MEANWHILE);
  if (!hasChanges(run.plan) && options.json !== true && options.events !== true) return EXIT_CODES.ok;
  return EXIT_CODES[await carryOut(run, connection, scope, audit)];
}

/**
 * Shows a plan, looks whether its effects are allowed, asks, carries it out and sums up. Gives the exit code back.
 * Nothing is written before all of that was answered, nor where an audit log is asked for and cannot be written.
 */
export async function runPlanned(run: PlannedRun, connection: Connection, scope: Scope): Promise<number> {
  const isWanted = hasChanges(run.plan) && !hasErrors(run.plan.diagnostics);
  const audit = isWanted ? prepareAudit(scope.options.audit, connection, scope.io) : undefined;
  try {
    return await askAndCarryOut(run, connection, scope, audit);
  } finally {
    audit?.close();
  }
}
