import type { Plan } from '../../core/plan.ts';
import { redact } from '../../core/redact.ts';
import { sanitizeLine } from '../../core/sanitize.ts';
import { displayDuration } from '../../core/units.ts';
import { formatFailure } from '../run/failure-text.ts';
import { formatRunSummary, type RunRecord } from '../run/run-summary.ts';
import { columnWidth, pad } from '../table.ts';
import { createTheme } from '../theme.ts';
import { bytesOf, type Clean, cutLines, fenceOf, foldOf } from './markup.ts';

/** What a run was, and how it is shown. */
export interface RunMarkdownOptions {
  readonly plan: Plan;
  readonly record: RunRecord;
  /** The command that goes on after a failure. */
  readonly continuation: string;
  /** The tasks that go on, where the run was left at once. */
  readonly tasks?: readonly string[];
  /** How many bytes it may take. */
  readonly limit: number;
  readonly clean: Clean;
}

const PLAIN = createTheme(false);
const WORDS = { ok: 'done', failed: 'failed', skipped: 'not done', replanned: 'planned anew' } as const;
// For the tags and the sentence around the lists.
const RESERVE = 1000;

/** Each step in a line: what became of it, how long it took, whose it is. */
function stepsOf({ steps, rollbackSteps }: RunRecord): readonly string[] {
  const rows = [...steps, ...rollbackSteps].map(({ outcome, durationMs, resource, title }) => ({
    ...{ word: WORDS[outcome], time: outcome === 'ok' || outcome === 'failed' ? displayDuration(durationMs) : '' },
    ...{ resource: sanitizeLine(redact(resource)), title: sanitizeLine(redact(title)) },
  }));
  const width = (texts: readonly string[]): number => columnWidth(texts, 40);
  const [words, times, owners] = [
    width(rows.map(({ word }) => word)),
    width(rows.map(({ time }) => time)),
    width(rows.map(({ resource }) => resource)),
  ];
  return rows.map(({ word, time, resource, title }) =>
    [pad(word, words), pad(time, times), pad(resource, owners), title].join('  '),
  );
}

function goingOn(tasks: readonly string[]): readonly string[] {
  if (tasks.length === 0) return ['Left at once. No task is known to go on.', ''];
  return ['Left at once. These tasks go on:', ...tasks.map((upid) => `  ${sanitizeLine(redact(upid))}`), ''];
}

/** What a run came to, as Markdown: the sentence, what failed and how it can go on, and each step, folded. */
export function formatRunMarkdown(options: RunMarkdownOptions): string {
  const { plan, record, continuation, tasks, limit, clean } = options;
  const [lead = '', ...rest] = formatRunSummary(plan, record, continuation, PLAIN).trimEnd().split('\n');
  const failed = [...record.steps, ...record.rollbackSteps].flatMap(({ error, resource, title }) =>
    error === undefined ? [] : [sanitizeLine(redact(`${resource}: ${title}`)), ...formatFailure(error, PLAIN), ''],
  );
  const trouble = [...failed, ...(tasks === undefined ? [] : goingOn(tasks)), ...rest];
  const steps = stepsOf(record);
  const parts = [
    `### ${lead}`,
    ...(trouble.length === 0 ? [] : [fenceOf(cutLines(trouble, Math.floor(limit / 2)), 'text', clean)]),
  ];
  const room = limit - bytesOf(parts.join('\n\n')) - RESERVE;
  const list = foldOf(
    `${steps.length} step${steps.length === 1 ? '' : 's'}`,
    fenceOf(cutLines(steps, Math.max(0, room)), 'text', clean),
    false,
  );
  return `${[...parts, ...(steps.length === 0 ? [] : [list])].join('\n\n')}\n`;
}
