import type { Clock } from '../core/clock.ts';
import { hasErrors } from '../core/diagnostic.ts';
import { EXIT_CODES, type ExitName } from '../core/exit-code.ts';
import type { Plan } from '../core/plan.ts';
import type { Project } from '../core/resource.ts';
import type { PlanOptions } from '../engine/plan.ts';
import type { Prune } from '../engine/prune.ts';
import { formatDiagnostics, sortDiagnostics } from '../report/diagnostics-text.ts';
import { jsonExit, planJson } from '../report/plan/plan-json.ts';
import { annotate } from './ci/annotate.ts';
import { summarizeFindings } from './ci/step-summary.ts';
import { type Connection, connect } from './connect.ts';
import type { Io } from './io.ts';
import { type CheckedDocuments, exitOfDiagnostics, loadChecked } from './load-checked.ts';
import { OUTPUT_FORMAT_VERSION, type Output } from './output.ts';
import { adoptOf, type PlanCommandOptions } from './plan-options.ts';
import { findingsReport } from './plan-report.ts';
import { sourceOf } from './variable-options.ts';

/** How a command makes its plan: by comparison, or for removal. */
export type Planner = (options: PlanOptions) => Promise<Plan>;

/** Where a command writes, and what it was told. */
export interface CommandScope<Options extends PlanCommandOptions = PlanCommandOptions> {
  readonly options: Options;
  readonly io: Io;
  readonly output: Output;
  readonly clock: Clock;
  /** Says which context is meant where neither flags nor variables do. */
  readonly project?: Pick<Project, 'context'>;
}

/** Checked documents as a plan is made from them. */
export interface PlanDocuments extends CheckedDocuments {
  /** What becomes of what the stack owns and they do not describe, where they are those of the whole project. */
  readonly prune?: Prune;
}

/** Reads and checks documents; where they are wrong, prints that, and gives the exit code back instead. */
export async function loadOrReport(
  paths: readonly string[],
  { options, io, output }: CommandScope,
): Promise<CheckedDocuments | number> {
  const documents = await loadChecked(paths, sourceOf(io, options));
  if (documents.valid) return documents;
  const { exit, diagnostics, files, project } = documents;
  if (options.json === true) {
    output.json({ formatVersion: OUTPUT_FORMAT_VERSION, exit: jsonExit(exit), diagnostics });
  } else {
    const report = await findingsReport(options.format, diagnostics, files, { stack: project.stack, clean: io.clean });
    if (report !== undefined) output.result(report);
    output.problem(formatDiagnostics(diagnostics, files, output.problemTheme, output.problemWidth));
  }
  annotate(diagnostics, io);
  await summarizeFindings(diagnostics, files, project.stack, io);
  return EXIT_CODES[exit];
}

/** Opens the connection for the time of some work, and closes it whatever becomes of that. */
export async function withConnection<Result>(
  { options, io, output, clock, project }: CommandScope,
  work: (connection: Connection) => Promise<Result>,
): Promise<Result> {
  const warn = (text: string): void => output.problem(`${output.problemTheme.warning('warning:')} ${text}`);
  const connection = await connect(options, io, clock, warn, project);
  try {
    return await work(connection);
  } finally {
    await connection.close();
  }
}

/**
 * Makes the plan of checked documents; what was found in them before is among its diagnostics. What it waits for is said
 * once, also for several plans that are given the same list of what was `told`.
 */
export async function makePlan(
  planner: Planner,
  documents: PlanDocuments,
  { client }: Connection,
  { options, clock, output }: CommandScope,
  told: Set<string> = new Set(),
): Promise<Plan> {
  const { resources, project, prune } = documents;
  const plan = await planner({
    resources,
    project,
    pve: client,
    user: client.user,
    adopt: adoptOf(options),
    rotateSecrets: options.rotateSecrets === true,
    renew: options.renew === true,
    allow: new Set(options.allow ?? []),
    ...(prune === undefined ? {} : { prune }),
    clock,
    onWaiting: (waitingFor) => {
      if (!told.has(waitingFor)) output.message(`Waiting for ${waitingFor}.`);
      told.add(waitingFor);
    },
  });
  return { ...plan, diagnostics: sortDiagnostics([...documents.diagnostics, ...plan.diagnostics]) };
}

/** Where a plan has errors: prints them (with `--json` the plan, in the command's own form), and gives the exit's name back. */
export function reportPlanErrors(
  plan: Plan,
  files: ReadonlyMap<string, string>,
  { options, io, output }: CommandScope,
  toJson: (plan: Plan, exit: ExitName) => unknown = planJson,
): ExitName | undefined {
  if (!hasErrors(plan.diagnostics)) return undefined;
  const exit = exitOfDiagnostics(plan.diagnostics);
  if (options.json === true) output.json(toJson(plan, exit));
  else output.problem(formatDiagnostics(plan.diagnostics, files, output.problemTheme, output.problemWidth));
  annotate(plan.diagnostics, io, plan);
  return exit;
}

/** Prints what a plan warns of; its notes are left out with `--quiet`. */
export function reportFindings(
  plan: Plan,
  files: ReadonlyMap<string, string>,
  { options, io, output }: Pick<CommandScope, 'options' | 'io' | 'output'>,
): void {
  const shown = plan.diagnostics.filter(({ severity }) => severity === 'warning' || options.quiet !== true);
  // A note says how things are, and nothing that would have to be looked up in the file.
  const frames = shown.some(({ severity }) => severity === 'warning') ? files : new Map<string, string>();
  if (shown.length > 0)
    output.problem(`\n${formatDiagnostics(shown, frames, output.problemTheme, output.problemWidth)}`);
  annotate(shown, io, plan);
}
