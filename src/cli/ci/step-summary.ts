import { appendFileSync } from 'node:fs';
import { appendFile, stat } from 'node:fs/promises';
import type { Diagnostic } from '../../core/diagnostic.ts';
import { errorName } from '../../core/error-name.ts';
import { fileProblem } from '../../core/file-problem.ts';
import type { Plan } from '../../core/plan.ts';
import { sanitizeLine } from '../../core/sanitize.ts';
import type { PlanMarkdownOptions } from '../../report/markdown/plan-markdown.ts';
import type { RunMarkdownOptions } from '../../report/markdown/run-markdown.ts';
import type { Io } from '../io.ts';
import { isGithubActions } from './guard-commands.ts';

// GitHub refuses the summary of a step that is larger.
const LIMIT = 1_048_576;
// Less room is not worth a report.
const LEAST = 4000;
// A page of more is slow to show.
const MOST = 500_000;

type Clean = (text: string) => string;

/** How many bytes of the summary of this step are left; 0 where there is none. */
async function roomOf(file: string): Promise<number> {
  const size = await stat(file).then(
    (found) => found.size,
    () => 0,
  );
  const room = LIMIT - size;
  return room < LEAST ? 0 : Math.min(room, MOST);
}

/** The file of the summary of this step; undefined where nothing asks for one. */
function summaryFile({ env }: Io): string | undefined {
  const file = env['GITHUB_STEP_SUMMARY'];
  return isGithubActions(env) && file !== '' ? file : undefined;
}

function sayFailure(error: unknown, io: Io): void {
  const reason = sanitizeLine(fileProblem(error)?.reason ?? String(error));
  io.stderr.write(`warning: cannot write the summary of the step: ${reason} [${errorName('CONFIG')}]\n`);
}

/** Appends to the summary of the step; what stands in the way is said, and fails nothing. */
async function append(io: Io, make: (limit: number, clean: Clean) => Promise<string>): Promise<void> {
  const file = summaryFile(io);
  if (file === undefined) return;
  const limit = await roomOf(file);
  if (limit === 0) return;
  const clean = io.clean ?? ((text: string) => text);
  try {
    await appendFile(file, `${await make(limit, clean)}\n`);
  } catch (error) {
    const reason = fileProblem(error)?.reason ?? String(error);
    io.stderr.write(
      `warning: cannot write the summary of the step: ${sanitizeLine(reason)} [${errorName('CONFIG')}]\n`,
    );
  }
}

/** Adds a plan to the summary of the step, where the program runs in GitHub Actions. */
export async function summarizePlan(
  plan: Plan,
  options: Omit<PlanMarkdownOptions, 'limit' | 'clean'>,
  io: Io,
): Promise<void> {
  await append(io, async (limit, clean) => {
    const { formatPlanMarkdown } = await import('../../report/markdown/plan-markdown.ts');
    return formatPlanMarkdown(plan, { ...options, limit, clean });
  });
}

/** Adds what is wrong with documents to the summary of the step, where the program runs in GitHub Actions. */
export async function summarizeFindings(
  diagnostics: readonly Diagnostic[],
  files: ReadonlyMap<string, string>,
  stack: string | null,
  io: Io,
): Promise<void> {
  await append(io, async (limit, clean) => {
    const { formatFindingsMarkdown } = await import('../../report/markdown/findings-markdown.ts');
    return formatFindingsMarkdown(diagnostics, files, { stack, limit, clean });
  });
}

/** The summary of a step while a run goes on, of which each is added once. */
export interface RunSummary {
  /** Adds what the run came to. */
  finish(): Promise<void>;
  /** Adds, in one go, what it has come to so far, where it is left at once while these tasks go on. */
  leave(tasks: readonly string[]): void;
}

const NO_SUMMARY: RunSummary = { finish: async () => undefined, leave: () => undefined };

/** Prepares the part of a run in the summary of the step, where the program runs in GitHub Actions. */
export async function prepareRunSummary(
  options: Omit<RunMarkdownOptions, 'limit' | 'clean' | 'tasks'>,
  io: Io,
): Promise<RunSummary> {
  const file = summaryFile(io);
  if (file === undefined) return NO_SUMMARY;
  const { formatRunMarkdown } = await import('../../report/markdown/run-markdown.ts');
  return {
    finish: () => append(io, async (limit, clean) => formatRunMarkdown({ ...options, limit, clean })),
    leave: (tasks) => {
      const { clean = (text: string) => text } = io;
      try {
        // The process ends before anything else is done.
        appendFileSync(file, `${formatRunMarkdown({ ...options, tasks, limit: LEAST, clean })}\n`);
      } catch (error) {
        sayFailure(error, io);
      }
    },
  };
}
