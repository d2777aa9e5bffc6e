import type { ApplyEvent } from '../core/event.ts';
import { EXIT_CODES, type ExitName, exitNameOfAll } from '../core/exit-code.ts';
import { hasChanges, type Plan } from '../core/plan.ts';
import { type ApplyResult, applyPlan } from '../engine/apply.ts';
import { missingConsent, stepsWithoutConsent } from '../engine/consent.ts';
import type { SecretSource } from '../engine/placeholders.ts';
import { formatDiagnostics } from '../report/diagnostics-text.ts';
import { createEventsJson } from '../report/events-json.ts';
import { createEventsText } from '../report/events-text.ts';
import { jsonExit } from '../report/plan-json.ts';
import { formatPlan } from '../report/plan-text.ts';
import { createRunRecord, formatRunSummary, recordEvent } from '../report/run-summary.ts';
import { askConsent } from './ask-consent.ts';
import { checkStale } from './check-stale.ts';
import type { Connection } from './connect.ts';
import { type Interrupts, listenForInterrupts } from './interrupt.ts';
import { type CommandScope, reportFindings, reportPlanErrors } from './make-plan.ts';
import { OUTPUT_FORMAT_VERSION } from './output.ts';
import type { RunCommandOptions } from './plan-options.ts';
import { trackTasks } from './track-tasks.ts';

/** A plan that is to be carried out, and what its command knows of it. */
export interface PlannedRun {
  readonly plan: Plan;
  /** The texts of the documents, by file; none for a saved plan. */
  readonly files: ReadonlyMap<string, string>;
  /** The effects that may be had without a word more. */
  readonly allowed: ReadonlySet<string>;
  /** What is asked before the first write; undefined where the plan was looked at before. */
  readonly question: string | undefined;
  readonly removal: boolean;
  /** The command that goes on after a failure. */
  readonly continuation: string;
  /** The secrets that the plan's steps send; none where it is not said. */
  readonly secrets?: SecretSource;
  /** Told of all that happens, beside what is shown. */
  readonly onEvent?: (event: ApplyEvent) => void;
}

type Scope = CommandScope<RunCommandOptions>;

function showPlan({ plan, files, removal }: PlannedRun, { label }: Connection, scope: Scope): void {
  const { options, io, output } = scope;
  // Standard output belongs to the JSON.
  const asMessage = options.json === true || options.events === true;
  const { verbose, showRequests } = options;
  const theme = asMessage ? output.problemTheme : output.resultTheme;
  const width = (asMessage ? io.stderr : io.stdout).columns;
  const text = formatPlan(plan, { theme, label, width, verbose, showRequests, removal });
  if (asMessage) output.message(text);
  else output.result(text);
  reportFindings(plan, files, scope);
}

/** Effects that were not allowed, printed; undefined where the plan may run. */
function refuseWithoutConsent(run: PlannedRun, { options, output }: Scope): ExitName | undefined {
  const missing = missingConsent(run.plan, run.allowed);
  if (missing.length === 0) return undefined;
  if (options.json === true) {
    output.json({
      formatVersion: OUTPUT_FORMAT_VERSION,
      exit: jsonExit('consent'),
      plan: run.plan,
      result: null,
      diagnostics: missing,
    });
  } else output.problem(formatDiagnostics(missing, run.files, output.problemTheme));
  return 'consent';
}

function exitOf(result: ApplyResult, interrupts: Interrupts): ExitName {
  if (result.outcome === 'ok') return 'ok';
  if (result.outcome === 'cancelled') return interrupts.exit() ?? 'interrupted';
  return result.wrote ? 'partial' : exitNameOfAll(result.errors.map(({ code }) => code));
}

async function carryOut(run: PlannedRun, connection: Connection, scope: Scope): Promise<ExitName> {
  const { options, io, output, clock } = scope;
  const { plan } = run;
  const { client, running } = trackTasks(connection.client);
  const record = createRunRecord();
  const showsSteps = options.json !== true && options.events !== true && options.quiet !== true;
  const show =
    options.events === true
      ? createEventsJson((text) => void io.stdout.write(text))
      : !showsSteps
        ? () => undefined
        : createEventsText({
            ...{ plan, theme: output.problemTheme, isTerminal: io.stderr.isTTY === true, width: io.stderr.columns },
            write: (text) => void io.stderr.write(text),
          });
  const interrupts = listenForInterrupts(
    io,
    () => output.problem('\nInterrupted: what runs is finished, nothing new begins. Once more leaves at once.'),
    () => output.problem(['\nLeft at once. These tasks go on:', ...running().map((upid) => `  ${upid}`)].join('\n')),
  );
  // Room between the plan, the steps and the summary.
  const separate = (): void => {
    if (showsSteps) io.stderr.write('\n');
  };
  separate();
  try {
    const result = await applyPlan({
      ...{ plan, clock, pve: client, signal: interrupts.signal },
      ...(options.parallelism === undefined ? {} : { parallelism: options.parallelism }),
      ...(run.secrets === undefined ? {} : { secrets: run.secrets }),
      onEvent: (event) => {
        recordEvent(record, event);
        show(event);
        run.onEvent?.(event);
      },
    });
    separate();
    const exit = exitOf(result, interrupts);
    if (options.json === true) {
      output.json({ formatVersion: OUTPUT_FORMAT_VERSION, exit: jsonExit(exit), plan, result });
    } else if (options.events !== true) {
      output.result(formatRunSummary(plan, record, run.continuation, output.resultTheme));
    }
    return exit;
  } finally {
    interrupts.stop();
  }
}

/**
 * Shows a plan, looks whether its effects are allowed, asks, carries it out and sums up. Gives the exit code back.
 * Nothing is written before all of that was answered.
 */
export async function runPlanned(run: PlannedRun, connection: Connection, scope: Scope): Promise<number> {
  const { options, io, output } = scope;
  const failed = reportPlanErrors(run.plan, run.files, scope);
  if (failed !== undefined) return EXIT_CODES[failed];
  if (options.json !== true || options.yes !== true) showPlan(run, connection, scope);
  // Without changes there is nothing to ask; programs that read events or JSON get theirs all the same.
  const needsAnswer = hasChanges(run.plan) && run.question !== undefined && options.yes !== true;
  // A person who is asked anyway may allow what was not allowed beforehand.
  const mayAllow = needsAnswer && io.stdin.isTTY === true && options.json !== true && options.events !== true;
  const refused = mayAllow ? undefined : refuseWithoutConsent(run, scope);
  if (refused !== undefined) return EXIT_CODES[refused];
  const missing = mayAllow ? stepsWithoutConsent(run.plan, run.allowed) : [];
  if (needsAnswer && !(await askConsent(run.question ?? '', missing, io, output))) {
    output.problem('Nothing was changed.');
    return EXIT_CODES.consent;
  }
  // A person may have thought for long.
  if (needsAnswer) await checkStale(run.plan, connection.client);
  if (!hasChanges(run.plan) && options.json !== true && options.events !== true) return EXIT_CODES.ok;
  return EXIT_CODES[await carryOut(run, connection, scope)];
}
