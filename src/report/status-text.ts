import { redact } from '../core/redact.ts';
import { sanitizeLine } from '../core/sanitize.ts';
import { displaySize, GIB, MIB } from '../core/units.ts';
import type { ResourceStatus, Status, StatusSummary } from '../engine/status.ts';
import { pad, widthOf } from './table.ts';
import type { Theme } from './theme.ts';

/** How a status is to be shown. */
export interface StatusTextOptions {
  readonly theme: Theme;
  /** The columns of the terminal; without one, nothing is left out. */
  readonly width?: number | undefined;
  /** Every column and every address, whatever the width. */
  readonly wide?: boolean | undefined;
  /** Also what differs, and what waits for a restart. */
  readonly verbose?: boolean | undefined;
}

const clean = (text: string): string => sanitizeLine(redact(text));
/** What stands where there is nothing to say. */
export const NONE = '-';
const GAP = '  ';

/** A time since a start, in the two largest units: `3d4h`, `2h5m`, `40s`. */
export function formatUptime(seconds: number): string {
  const units = [
    ['d', 86_400],
    ['h', 3600],
    ['m', 60],
    ['s', 1],
  ] as const;
  const first = units.findIndex(([, size]) => seconds >= size);
  if (first === -1) return '0s';
  let left = seconds;
  return units
    .slice(first, first + 2)
    .map(([unit, size]) => {
      const count = Math.floor(left / size);
      left -= count * size;
      return count === 0 ? '' : `${count}${unit}`;
    })
    .join('');
}

/** A size for people, with two digits where no unit is exact. */
function sizeText(bytes: number): string {
  const exact = displaySize(bytes);
  if (/^\d{1,4} [MGT]iB$/.test(exact)) return exact;
  const [unit, size] = bytes >= GIB ? (['GiB', GIB] as const) : (['MiB', MIB] as const);
  return `${(bytes / size).toFixed(1)} ${unit}`;
}

function ownerText({ owner, stack }: ResourceStatus): string {
  if (owner !== 'other-stack') return owner ?? NONE;
  return stack === null ? 'no stack' : `stack ${clean(stack)}`;
}

function addressText({ addresses, agent }: ResourceStatus, all: boolean): string {
  if (addresses.length === 0) return agent === 'silent' ? '(agent silent)' : NONE;
  if (all) return addresses.map(({ address }) => clean(address)).join(', ');
  // What a guest makes for itself, such as the bridge of its own containers, says little.
  const own = addresses.some(({ device }) => device !== null)
    ? addresses.filter(({ device }) => device !== null)
    : addresses;
  const more = own.length > 1 ? ` +${own.length - 1}` : '';
  return `${clean(own[0]?.address ?? '')}${more}`;
}

function endText({ until, secondsLeft }: ResourceStatus): string {
  if (until === null) return NONE;
  if (secondsLeft === null) return clean(until);
  return secondsLeft > 0 ? `in ${formatUptime(secondsLeft)}` : 'is over';
}

function isThere({ state }: ResourceStatus): boolean {
  return state !== 'absent' && state !== 'unknown';
}

function countText(resource: ResourceStatus, list: readonly string[]): string {
  return isThere(resource) ? String(list.length) : NONE;
}

interface Column {
  readonly title: string;
  readonly text: (resource: ResourceStatus) => string;
  /** Where the room is short, the highest go first; 0 stays. */
  readonly rank: number;
}

function columnsOf(resources: readonly ResourceStatus[], all: boolean): readonly Column[] {
  // Whose they are matters where not all are pvevm's own.
  const isMixed = resources.some(({ owner }) => owner !== null && owner !== 'own');
  return [
    { title: 'RESOURCE', rank: 0, text: ({ address }) => clean(address) },
    { title: 'ID', rank: 0, text: ({ vmid }) => (vmid === null ? NONE : String(vmid)) },
    { title: 'NODE', rank: 2, text: ({ node }) => clean(node ?? NONE) },
    { title: 'STATE', rank: 0, text: ({ state }) => clean(state) },
    { title: 'HA', rank: 5, text: ({ ha }) => clean(ha ?? NONE) },
    { title: 'ADDRESS', rank: 3, text: (resource) => addressText(resource, all) },
    { title: 'PENDING', rank: 1, text: (resource) => countText(resource, resource.pending) },
    { title: 'ENDS', rank: 4, text: endText },
    { title: 'DRIFT', rank: 0, text: (resource) => countText(resource, resource.drift) },
    { title: 'OWNER', rank: isMixed ? 4 : 9, text: ownerText },
    { title: 'LOCK', rank: 6, text: ({ lock }) => clean(lock ?? NONE) },
    { title: 'UPTIME', rank: 7, text: ({ uptime }) => (uptime === null ? NONE : formatUptime(uptime)) },
    { title: 'SIZE', rank: 8, text: ({ size }) => (size === null ? NONE : sizeText(size)) },
  ];
}

/** A column of a status, with what it says of each resource. */
export interface Cells {
  readonly column: Column;
  readonly texts: readonly string[];
  readonly width: number;
}

const widthOfAll = (columns: readonly Cells[]): number =>
  columns.reduce((sum, { width }) => sum + width, GAP.length * (columns.length - 1));

/** The columns that have something to say, as many of them as there is room for. */
export function chooseColumns(
  { resources }: Status,
  { width, wide }: Pick<StatusTextOptions, 'width' | 'wide'>,
): readonly Cells[] {
  let columns = columnsOf(resources, wide === true)
    .map((column): Cells => {
      const texts = resources.map(column.text);
      return { column, texts, width: Math.max(...[column.title, ...texts].map(widthOf)) };
    })
    .filter(({ column, texts }) => column.rank === 0 || texts.some((text) => text !== NONE));
  while (wide !== true && width !== undefined && widthOfAll(columns) > width) {
    const lowest = Math.max(...columns.map(({ column }) => column.rank));
    if (lowest === 0) break;
    columns = columns.filter(({ column }) => column.rank !== lowest);
  }
  return columns;
}

function paintOf(title: string, resource: ResourceStatus, theme: Theme): (text: string) => string {
  if (title === 'RESOURCE') return theme.strong;
  if (title === 'STATE' && resource.state === 'absent') return theme.removed;
  if (title === 'STATE' && resource.state === 'unknown') return theme.error;
  if (title === 'STATE' && resource.state === 'running') return theme.added;
  if (title === 'DRIFT' && resource.drift.length > 0) return theme.changed;
  if (title === 'PENDING' && resource.pending.length > 0) return theme.changed;
  return (text) => text;
}

function detailLines({ drift, pending }: ResourceStatus, theme: Theme): readonly string[] {
  const line = (word: string, list: readonly string[]): readonly string[] =>
    list.length === 0 ? [] : [theme.faint(`  ${word}: ${list.map(clean).join(', ')}`)];
  return [...line('drift', drift), ...line('pending', pending)];
}

/** The sentence that sums a status up. */
export function summaryLine({ present, absent, unknown, drifted, pending }: StatusSummary): string {
  const parts = [
    `${present} present`,
    `${absent} absent`,
    ...(unknown === 0 ? [] : [`${unknown} unknown`]),
    `${drifted} with drift`,
    ...(pending === 0 ? [] : [`${pending} waiting for a restart`]),
  ];
  return `${parts.join(', ')}.`;
}

/**
 * A status for people: a row for each resource, and a sentence that sums up. Columns without a value are left out, and
 * where the room is short those that matter least. No control character of a guest or a server gets through.
 */
export function formatStatus(status: Status, options: StatusTextOptions): string {
  const { theme, verbose } = options;
  const columns = chooseColumns(status, options);
  const lineOf = (cell: (cells: Cells) => string, paint: (title: string, text: string) => string): string =>
    columns
      .map((cells, index) => {
        const text = cell(cells);
        const padding = index === columns.length - 1 ? '' : pad(text, cells.width).slice(text.length);
        return `${paint(cells.column.title, text)}${padding}`;
      })
      .join(GAP);
  const head = lineOf(
    ({ column }) => column.title,
    (_title, text) => theme.faint(text),
  );
  const rows = status.resources.flatMap((resource, index) => [
    lineOf(
      ({ texts }) => texts[index] ?? '',
      (title, text) => paintOf(title, resource, theme)(text),
    ),
    ...(verbose === true ? detailLines(resource, theme) : []),
  ]);
  const table = rows.length === 0 ? [] : [head, ...rows, ''];
  return `${[...table, summaryLine(status.summary)].join('\n')}\n`;
}
