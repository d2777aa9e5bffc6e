import { hasErrors } from '../../core/diagnostic.ts';
import type { ResourceStatus, Status } from '../../engine/status.ts';
import { clusterText } from '../plan/plan-text.ts';
import { type Cells, chooseColumns, NONE, summaryLine } from '../status-text.ts';
import { type Filter, type FilterName, formatFilters } from './filters.ts';
import { formatFindings } from './findings-html.ts';
import { html, type Markup } from './markup.ts';
import { formatPage } from './page.ts';

/** How a status is to be shown. */
export interface StatusHtmlOptions {
  /** Which cluster it is, as in `https://pve1:8006`. */
  readonly label: string;
  /** The texts of the files that findings speak of. */
  readonly files: ReadonlyMap<string, string>;
}

const STATES = ['running', 'stopped', 'absent', 'unknown'] as const;

function stateOf({ state }: ResourceStatus): FilterName {
  return STATES.find((name) => name === state) ?? 'other';
}

function titleOf({ column: { title } }: Cells): string {
  return title.length <= 2 ? title : `${title.charAt(0)}${title.slice(1).toLowerCase()}`;
}

function formatCell(cells: Cells, index: number, { source }: ResourceStatus): Markup {
  const text = cells.texts[index] ?? '';
  const { title } = cells.column;
  if (title === 'RESOURCE')
    return html`<th scope="row" role="rowheader"><span class="find">${text}</span><span class="source">${source.file}:${source.line}</span></th>`;
  if (text === NONE || text === '0')
    return html`<td role="cell" class="nil"><span class="label">${titleOf(cells)}</span>${text}</td>`;
  const style = title === 'STATE' ? 'state' : title === 'DRIFT' || title === 'PENDING' ? 'count-of' : 'value';
  return html`<td role="cell"><span class="label">${titleOf(cells)}</span><span class="${style}">${text}</span></td>`;
}

function formatDetails({ drift, pending }: ResourceStatus, width: number): Markup {
  const part = (words: string, keys: readonly string[]): Markup =>
    html`${keys.length > 0 && html`<div>${words}: <code>${keys.join(', ')}</code></div>`}`;
  if (drift.length + pending.length === 0) return html``;
  return html`<tr role="row" class="differs"><td role="cell" colspan="${width}">${part('differs from its document', drift)}${part('waits for a restart', pending)}</td></tr>`;
}

function formatTable({ resources }: Status, columns: readonly Cells[]): Markup {
  const rows = resources.map((resource, index) => {
    const traits = [
      ...(resource.drift.length > 0 ? ['drift'] : []),
      ...(resource.pending.length > 0 ? ['pending'] : []),
    ];
    const isPresent = resource.state === 'present' && 'present';
    const classes = ['r', stateOf(resource), ...(isPresent === false ? [] : [isPresent]), ...traits].join(' ');
    return html`<tbody role="rowgroup" class="${classes}"><tr role="row">${columns.map((cells) => formatCell(cells, index, resource))}</tr>${formatDetails(resource, columns.length)}</tbody>
`;
  });
  return html`<div class="list scroll"><table role="table" aria-labelledby="resources"><thead role="rowgroup"><tr role="row">${columns.map((cells) => html`<th scope="col" role="columnheader">${titleOf(cells)}</th>`)}</tr></thead>
${rows}</table></div>`;
}

function filtersOf({ resources, summary }: Status): readonly Filter[] {
  const count = (name: FilterName): number => resources.filter((resource) => stateOf(resource) === name).length;
  return [
    { name: 'running', text: 'running', count: count('running') },
    { name: 'stopped', text: 'stopped', count: count('stopped') },
    { name: 'other', text: 'in other states', count: count('other') },
    { name: 'absent', text: 'absent', count: count('absent') },
    { name: 'unknown', text: 'unknown', count: count('unknown') },
    { name: 'drift', text: 'with drift', count: summary.drifted },
    { name: 'pending', text: 'waiting for a restart', count: summary.pending },
  ];
}

/**
 * A status as one HTML page that needs nothing else: a row for each resource with all that `status --wide` says, what
 * differs and what waits for a restart, and what was found. What comes from guests, files and servers is escaped.
 */
export function formatStatusHtml(status: Status, { label, files }: StatusHtmlOptions): string {
  const { resources, diagnostics, summary } = status;
  const lead = summaryLine(summary);
  const isPartial = hasErrors(diagnostics) && summary.unknown > 0;
  const more = isPartial ? 'Not everything can be told; the findings say why.' : '';
  const header = html`<p class="name">pvevm status</p><h1>${lead}</h1>${more !== '' && html`<p class="more">${more}</p>`}<p class="where">${clusterText(status, label)}</p>`;
  const columns = chooseColumns(status, { wide: true });
  const list =
    resources.length > 0 &&
    html`<section aria-labelledby="resources"><h2 id="resources">Resources</h2>${formatFilters({ filters: filtersOf(status), size: resources.length, folds: false })}${formatTable(status, columns)}<p class="nothing" hidden>None of the resources is that.</p></section>`;
  const main = html`${formatFindings(diagnostics, files)}${list}`;
  return formatPage({ title: `${lead} · pvevm`, header, main });
}
