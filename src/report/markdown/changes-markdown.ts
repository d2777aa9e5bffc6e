import type { Change, ResourcePlan } from '../../core/plan.ts';
import type { Origin } from '../../core/resource.ts';
import {
  createdRows,
  createdValueRows,
  inLines,
  longTextRow,
  type Row,
  removedRows,
  rowOf,
} from '../plan/change-text.ts';
import { formatLongText, splitLongTexts } from '../plan/long-text.ts';
import { titleOf } from '../plan/plan-text.ts';
import { formatStep } from '../plan/request-text.ts';
import { columnWidth, pad } from '../table.ts';
import { formatTextDiff, isTextOfLines } from '../text-diff.ts';
import { createTheme } from '../theme.ts';

/** What is shown of a resource besides its changes and the titles of its steps. */
export interface ChangesMarkdownOptions {
  /** The requests of each step. */
  readonly showRequests?: boolean | undefined;
  /** Keys that are not managed, and where values come from. */
  readonly verbose?: boolean | undefined;
  /** Where each value comes from, by JSON pointer. */
  readonly origins?: ReadonlyMap<string, Origin> | undefined;
}

const PLAIN = createTheme(false);

interface Line {
  /** What colours it: `+` comes, `-` goes, `!` changes. */
  readonly sign: '+' | '-' | '!';
  readonly row: Row;
  readonly below: readonly string[];
}

function changedLine(original: Change): Line {
  const change = inLines(original);
  const { before, after } = change;
  const row = rowOf(change);
  const sign = row.symbol === ' ' ? '!' : row.symbol;
  if (!isTextOfLines(before, after)) return { sign, row, below: [] };
  return {
    ...{ sign, row: { ...row, value: 'changed lines:' } },
    below: formatTextDiff(String(before), String(after), PLAIN),
  };
}

function linesOf(resource: ResourcePlan, { origins, verbose }: ChangesMarkdownOptions): readonly Line[] {
  const { action, changes, from } = resource;
  const originAt = (path: string): string | undefined => origins?.get(`/${path.replaceAll('.', '/')}`)?.text;
  if (action === 'delete') return removedRows(changes).map((row) => ({ sign: '-', row, below: [] }));
  if (action !== 'create' || from !== undefined) return changes.map(changedLine);
  const { long, rest } = splitLongTexts(resource);
  const rows = origins === undefined ? createdRows(rest) : createdValueRows(rest, originAt);
  return [
    ...rows.map((row): Line => ({ sign: '+', row, below: [] })),
    ...long.map((change): Line => {
      const text = formatLongText(change.after, Number.POSITIVE_INFINITY, verbose === true);
      return { sign: '+', row: longTextRow(change), below: text.map((line) => `+     ${line}`) };
    }),
  ];
}

/** What changes of a resource, a line for each, as a diff: the first character of a line says whether it comes, goes or changes. */
export function changeDiff(resource: ResourcePlan, options: ChangesMarkdownOptions): readonly string[] {
  const lines = linesOf(resource, options);
  const showsOrigins = resource.action !== 'delete' && (options.verbose === true || options.origins !== undefined);
  const width = columnWidth(
    lines.map(({ row }) => row.path),
    40,
  );
  return lines.flatMap(({ sign, row, below }) => {
    const { path, value, effect, origin } = row;
    const tail = [effect, showsOrigins && origin !== '' ? `(${origin})` : ''].filter((text) => text !== '');
    return [[`${sign} ${pad(path, width)}`, value, ...tail].join('  ').trimEnd(), ...below];
  });
}

/** The steps of a resource, numbered, with what each needs to be allowed; with `showRequests` what it sends and waits for too. */
export function stepLines(resource: ResourcePlan, { showRequests }: ChangesMarkdownOptions): readonly string[] {
  return resource.steps.flatMap((step, index) => {
    const title = titleOf(step, resource, PLAIN);
    if (showRequests !== true) return [`${index + 1}. ${title}`];
    return formatStep(step, index, PLAIN, title).map((line) => line.replace(/^ {6}/, ''));
  });
}
