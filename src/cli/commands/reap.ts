import { PvevmError } from '../../core/error.ts';
import { EXIT_CODES } from '../../core/exit-code.ts';
import { hasChanges, type Plan } from '../../core/plan.ts';
import type { Project } from '../../core/resource.ts';
import { createReapPlan } from '../../engine/reap.ts';
import { systemClock } from '../../pve/clock.ts';
import { planJson } from '../../report/plan/plan-json.ts';
import { formatPlan } from '../../report/plan/plan-text.ts';
import { findProjectFile, loadProject } from '../../spec/project.ts';
import type { Connection } from '../connect.ts';
import type { Io } from '../io.ts';
import { type CommandScope, reportFindings, reportPlanErrors, withConnection } from '../make-plan.ts';
import { createOutput } from '../output.ts';
import type { RunCommandOptions } from '../plan-options.ts';
import { continuationOf } from '../run/continuation.ts';
import { runPlanned } from '../run/run-plan.ts';
import { checkFormats } from './apply.ts';

/** The options of `reap`. */
export interface ReapOptions extends RunCommandOptions {
  readonly stack?: string;
  readonly dryRun?: boolean;
}

type Scope = CommandScope<ReapOptions>;

// Each of these guests has said by its own mark that it may go: all that is asked for besides is -y.
const ALLOWED: ReadonlySet<string> = new Set(['restart', 'data-loss', 'hard-stop']);

/** Whose guests are looked at: the stack that is named, or that of the project here. Throws `USAGE` where that has no marks. */
async function projectOf({ stack }: ReapOptions, cwd: string): Promise<Project> {
  const path = await findProjectFile(cwd);
  const here = path === undefined ? undefined : (await loadProject(path, cwd)).project;
  if (stack !== undefined && !/^[a-z0-9][a-z0-9_-]{0,30}$/.test(stack)) {
    const hints = ['A stack is written in small letters, digits, - and _, as in the project file.'];
    throw new PvevmError('USAGE', `--stack cannot be '${stack}'`, { hints });
  }
  const context = here?.context === undefined ? {} : { context: here.context };
  if (stack !== undefined && stack !== here?.stack) return { ...context, stack, mark: 'full' };
  if (here === undefined) return { stack: null, mark: 'full' };
  if (here.mark !== 'none') return here;
  throw new PvevmError('USAGE', `cannot reap: ${here.file} says mark: none, so that no guest has an end`, {
    hints: ['Name another stack with --stack.'],
  });
}

function showOnly(plan: Plan, { label }: Connection, scope: Scope): number {
  const { options, io, output } = scope;
  const { verbose, showRequests } = options;
  const exit = reportPlanErrors(plan, new Map(), scope);
  if (exit !== undefined) return EXIT_CODES[exit];
  if (options.json === true) {
    output.json(planJson(plan, 'ok'));
    return EXIT_CODES.ok;
  }
  const layout = { theme: output.resultTheme, label, width: io.stdout.columns, verbose, showRequests, removal: true };
  output.result(formatPlan(plan, layout));
  reportFindings(plan, new Map(), scope);
  return EXIT_CODES.ok;
}

/** Destroys the guests of a stack whose time is over: shows them, asks, and carries it out. Gives the exit code back. */
export async function runReap(options: ReapOptions, io: Io): Promise<number> {
  checkFormats(options);
  const output = createOutput(io, options);
  const project = await projectOf(options, io.cwd);
  const scope: Scope = { options, io, output, clock: systemClock, project };
  return withConnection(scope, async (connection) => {
    const { client } = connection;
    const plan = await createReapPlan({ project, pve: client, user: client.user, allow: ALLOWED, clock: systemClock });
    const isForPrograms = options.json === true || options.events === true;
    const failed = plan.diagnostics.some(({ severity }) => severity === 'error');
    if (!failed && !isForPrograms && !hasChanges(plan)) {
      const whose = project.stack === null ? 'no guest without a stack' : `no guest of stack ${project.stack}`;
      output.result(`Nothing to destroy: there is ${whose} whose time is over and that can go.`);
      reportFindings(plan, new Map(), scope);
      return EXIT_CODES.ok;
    }
    if (options.dryRun === true) return showOnly(plan, connection, scope);
    const continuation = continuationOf(
      options.stack === undefined ? 'reap' : `reap --stack ${options.stack}`,
      [],
      options,
    );
    const question = 'Destroy these guests and their volumes?';
    return runPlanned(
      { plan, files: new Map(), allowed: ALLOWED, question, removal: true, continuation, command: 'reap' },
      connection,
      scope,
    );
  });
}
