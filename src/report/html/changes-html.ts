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
import { linesOf, splitLongTexts } from '../plan/long-text.ts';
import { formatTextDiff, isTextOfLines } from '../text-diff.ts';
import { createTheme } from '../theme.ts';
import { formatValue } from '../value-text.ts';
import { html, type Markup } from './markup.ts';

const PLAIN = createTheme(false);
const LINE_CLASSES: Readonly<Record<string, string>> = { '+': 'plus', '-': 'minus' };

/** The lines of a text that come, go and stay, each of them with its sign. */
function formatDiff(before: string, after: string): Markup {
  const lines = formatTextDiff(before, after, PLAIN).map(
    (line, index) => html`${index > 0 && '\n'}<span class="${LINE_CLASSES[line.charAt(0)] ?? 'same'}">${line}</span>`,
  );
  return html`<pre class="diff" tabindex="0" aria-label="Changed lines">${lines}</pre>`;
}

function formatRow({ symbol, path, effect, weight, origin }: Row, value: Markup, below?: Markup): Markup {
  const kind = { '+': 'comes', '-': 'goes', ' ': '' }[symbol];
  const hasTail = effect !== '' || origin !== '';
  return html`<div class="c ${kind}"><dt>${symbol !== ' ' && html`<span class="mark">${symbol}</span> `}${path}</dt><dd class="v">${value}</dd>${hasTail && html`<dd class="e ${weight}">${effect}</dd><dd class="o">${origin}</dd>`}${below !== undefined && html`<dd class="below">${below}</dd>`}</div>`;
}

function formatChange(original: Change): Markup {
  const change = inLines(original);
  const row = rowOf(change);
  const { before, after } = change;
  if (isTextOfLines(before, after))
    return formatRow(row, html`changed lines`, formatDiff(String(before), String(after)));
  if (row.symbol !== ' ') return formatRow(row, html`${row.value}`);
  return formatRow(
    row,
    html`<span class="was">${formatValue(before)}</span> <span class="to">→</span> <b>${formatValue(after)}</b>`,
  );
}

/** What a new resource is made of; long texts stand whole below. */
function formatMade(resource: ResourcePlan): readonly Markup[] {
  const { long, rest } = splitLongTexts(resource);
  return [
    ...createdRows(rest).map((row) => formatRow(row, html`${row.value}`)),
    ...long.map((change) => {
      const row = { ...longTextRow(change), origin: '' };
      return formatRow(row, html`as follows`, formatDiff('', linesOf(change.after) ?? ''));
    }),
  ];
}

/** What changes of a resource, a line each: what it was and will be, what that does, and where the new value is written. */
export function formatRows(resource: ResourcePlan): Markup {
  const { action, changes, from } = resource;
  const isMade = action === 'create' && from === undefined;
  const rows = isMade
    ? formatMade(resource)
    : action === 'delete'
      ? removedRows(changes).map((row) => formatRow({ ...row, origin: '' }, html`${row.value}`))
      : changes.map(formatChange);
  return html`${rows.length > 0 && html`<dl class="rows${isMade && ' made'}">${rows}</dl>`}`;
}

/** Of a new resource each value by itself, folded, with the place where it is written. */
export function valuesWithOrigins(resource: ResourcePlan, origins: ReadonlyMap<string, Origin> | undefined): Markup {
  const { action, from } = resource;
  if (action !== 'create' || from !== undefined) return html``;
  const originAt = (path: string): string | undefined => origins?.get(`/${path.replaceAll('.', '/')}`)?.text;
  const rows = createdValueRows(resource, originAt);
  if (rows.length === 0) return html``;
  return html`<details class="fold"${origins !== undefined && html` open`}><summary>Where each value comes from</summary><dl class="rows origins">${rows.map((row) => html`<div class="c"><dt>${row.path}</dt><dd class="v">${row.value}</dd><dd class="o">${row.origin}</dd></div>`)}</dl></details>`;
}
