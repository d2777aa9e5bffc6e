import { isObject, type Json, type JsonObject } from '../core/json.ts';
import type { Change, ResourcePlan } from '../core/plan.ts';
import { redact } from '../core/redact.ts';
import { sanitizeLine } from '../core/sanitize.ts';
import { displaySize, parseSize } from '../core/units.ts';
import { isListOfMaps, linesOfList } from './list-text.ts';
import { columnWidth, pad } from './table.ts';
import { formatTextDiff, isTextOfLines } from './text-diff.ts';
import type { Theme } from './theme.ts';
import { formatParts, formatValue } from './value-text.ts';

/** One line about a change, before its columns are lined up. */
interface Row {
  readonly symbol: '+' | '-' | ' ';
  readonly path: string;
  readonly value: string;
  readonly effect: string;
  readonly weight: 'none' | 'live' | 'heavy';
  readonly origin: string;
}

const clean = (text: string): string => sanitizeLine(redact(text));

/** What a change does, in words; the heavier ones begin with a mark of their own. */
function effectText({ state, effect, note }: Change): string {
  const said = note === undefined ? '' : clean(note);
  if (state === 'pending') return `! waits for a restart${said === '' ? '' : ` (${said})`}`;
  if (state === 'drift') return `! differs, and cannot be written${said === '' ? '' : ` (${said})`}`;
  if (effect === 'none' || effect === 'live')
    return [...(effect === 'live' ? ['live'] : []), ...(said === '' ? [] : [said])].join(', ');
  if (effect === 'restart') return `! ${said === '' ? 'pending until restart' : said}`;
  return `! ${effect}${said === '' ? '' : `, ${said}`}`;
}

/** Devices come and go as a whole: theirs are the paths with a slot, and values that are maps. */
function symbolOf({ path, before, after }: Change): Row['symbol'] {
  if (before === null && isObject(after)) return '+';
  return after === null && /^(?:disks|network)\.[^.]+$/.test(path) ? '-' : ' ';
}

function rowOf(change: Change): Row {
  const { before, after, state, effect } = change;
  const symbol = symbolOf(change);
  const value =
    symbol === '+'
      ? formatValue(after)
      : symbol === '-'
        ? formatValue(before)
        : `${formatValue(before)} → ${formatValue(after)}`;
  const heavy = state !== 'change' || !(effect === 'none' || effect === 'live');
  const weight = heavy ? 'heavy' : effect === 'live' ? 'live' : 'none';
  return { symbol, path: clean(change.path), value, effect: effectText(change), weight, origin: clean(change.origin) };
}

function layOut(rows: readonly Row[], theme: Theme, origins: boolean): readonly string[] {
  const pathWidth = columnWidth(
    rows.map((row) => row.path),
    40,
  );
  const valueWidth = columnWidth(
    rows.map((row) => row.value),
    48,
  );
  const paint = { none: (text: string) => text, live: theme.faint, heavy: theme.warning } as const;
  const paintSymbol = { '+': theme.added, '-': theme.removed, ' ': (text: string) => text } as const;
  return rows.map(({ symbol, path, value, effect, weight, origin }) => {
    const columns = `${pad(path, pathWidth)}  ${effect === '' && !origins ? value : pad(value, valueWidth)}`;
    const said = effect === '' ? '' : `  ${paint[weight](effect)}`;
    const from = origins ? `  ${theme.faint(`(${origin})`)}` : '';
    return `    ${paintSymbol[symbol](symbol)} ${columns}${said}${from}`;
  });
}

/** Where the value at a path of a spec came from, as in `web.yaml:7:10`; undefined where no spec says it. */
export type OriginAt = (path: string) => string | undefined;

/** The parts of a device that is new, each with an origin of its own; none where nobody asks for them. */
function partsOf({ path, before, after }: Change, originAt: OriginAt | undefined): readonly Row[] {
  if (originAt === undefined || before !== null || !isObject(after)) return [];
  return Object.entries(after as JsonObject).flatMap(([key, value]): readonly Row[] => {
    const origin = originAt(`${path}.${key}`);
    if (origin === undefined) return [];
    const shown = { path: `  .${clean(key)}`, value: formatValue(value), origin: clean(origin) };
    return [{ ...shown, symbol: ' ', effect: '', weight: 'none' }];
  });
}

/** A change of a list of maps as one of lines, each of them a map: rules come and go one by one. */
function inLines(change: Change): Change {
  const { before, after } = change;
  if (!isListOfMaps(before, after)) return change;
  // With an end of line, so that a list of one is shown line by line too.
  return { ...change, before: `${linesOfList(before)}\n`, after: `${linesOfList(after)}\n` };
}

/**
 * The changes of a live resource, one a line. With `origins` each says where its value comes from, and with `originAt`
 * each part of a new device does.
 */
export function formatChanges(
  changes: readonly Change[],
  theme: Theme,
  origins: boolean,
  originAt?: OriginAt,
): readonly string[] {
  const shown = changes.map(inLines).map((change) => ({
    rows: [
      isTextOfLines(change.before, change.after) ? { ...rowOf(change), value: 'changed lines:' } : rowOf(change),
      ...partsOf(change, originAt),
    ],
    below: isTextOfLines(change.before, change.after)
      ? formatTextDiff(String(change.before), String(change.after), theme).map((part) => `          ${part}`)
      : [],
  }));
  const lines = layOut(
    shown.flatMap(({ rows }) => rows),
    theme,
    origins,
  );
  let next = 0;
  return shown.flatMap(({ rows, below }) => {
    const mine = lines.slice(next, next + rows.length);
    next += rows.length;
    return [...mine, ...below];
  });
}

function volumeText(before: Json): string {
  const match = /^(.*), ([\d.]+[KMGT])$/.exec(String(before));
  const bytes = parseSize(match?.[2] ?? '');
  return clean(match === null || bytes === undefined ? String(before) : `${match[1]}, ${displaySize(bytes)}`);
}

/** What goes with a resource that is destroyed: every volume by its name. */
export function formatRemoved(changes: readonly Change[], theme: Theme): readonly string[] {
  const rows = changes.map(
    (change): Row => ({ ...rowOf(change), symbol: '-', value: volumeText(change.before), weight: 'heavy' }),
  );
  return layOut(rows, theme, false);
}

function asMap(value: Json | undefined): JsonObject {
  return value !== undefined && isObject(value) ? (value as JsonObject) : {};
}

/**
 * What a new resource is made of: a line for each device, and one for each group of the other values; with `origins` one
 * for each value.
 */
export function formatCreated(
  { address, changes }: ResourcePlan,
  theme: Theme,
  origins: boolean,
  originAt?: OriginAt,
): readonly string[] {
  const name = address.slice(address.indexOf('/') + 1);
  const shown = changes.filter(
    ({ path, after }) => after !== null && !(path === 'name' && after === name) && !path.includes(' '),
  );
  if (origins) {
    const rows = shown.flatMap((change): readonly Row[] => [
      {
        ...rowOf(change),
        symbol: ' ',
        value: formatValue(change.after),
        effect: '',
        weight: 'none',
      },
      ...partsOf(change, originAt),
    ]);
    return layOut(rows, theme, true);
  }
  const groups = new Map<string, Map<string, Json>>();
  for (const { path, after } of shown) {
    const [first = '', ...rest] = path.split('.');
    const isDevice = isObject(after) && rest.length > 0 && /\d$/.test(path);
    const group = isDevice || rest.length === 0 ? path : first;
    const parts = groups.get(group) ?? new Map<string, Json>();
    const part = isDevice ? '' : rest.join('.').replace(/\.enabled$/, '');
    if (!parts.has(part)) parts.set(part, after);
    groups.set(group, parts);
  }
  const rows = [...groups].map(([group, parts]): Row => {
    const whole = parts.get('');
    const named = new Map([...parts].filter(([part]) => part !== ''));
    // A device may have values that are no part of it, as cloud-init's drive has what is written to it.
    const ofWhole = Object.entries(asMap(whole));
    const isWhole = whole !== undefined && (named.size === 0 || (whole !== true && ofWhole.length === 0));
    const value = isWhole ? formatValue(whole) : formatParts(new Map([...ofWhole, ...named]));
    return { symbol: ' ', path: clean(group), value, effect: '', weight: 'none', origin: '' };
  });
  return layOut(rows, theme, false);
}
