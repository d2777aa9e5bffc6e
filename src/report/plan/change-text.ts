import { isObject, type Json, type JsonObject } from '../../core/json.ts';
import type { Change, ResourcePlan } from '../../core/plan.ts';
import { redact } from '../../core/redact.ts';
import { sanitizeLine } from '../../core/sanitize.ts';
import { displaySize, parseSize } from '../../core/units.ts';
import { isListOfMaps, linesOfList } from '../list-text.ts';
import { columnWidth, pad, widthOf } from '../table.ts';
import { formatTextDiff, isTextOfLines } from '../text-diff.ts';
import type { Theme } from '../theme.ts';
import { formatParts, formatValue } from '../value-text.ts';
import { wrapAll, wrapLine, wrapList } from '../wrap.ts';
import { diskInWords } from './device-text.ts';
import { formatLongText, longTextInLines, splitLongTexts } from './long-text.ts';

/** One line about a change, before its columns are lined up. */
export interface Row {
  readonly symbol: '+' | '-' | ' ';
  readonly path: string;
  readonly value: string;
  readonly effect: string;
  readonly weight: 'none' | 'live' | 'heavy';
  readonly origin: string;
}

const clean = (text: string): string => sanitizeLine(redact(text));

/** What a change does, in words; the heavier ones begin with a mark of their own. */
function effectText({ state, effect, note, appliedBy }: Change): string {
  const said = note === undefined ? '' : clean(note);
  if (state === 'pending' && appliedBy !== undefined) return `! ${said}`;
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

/** A device that goes is known by its text in the guest's config. */
function removedText({ path, before }: Change): string {
  const disk = path.startsWith('disks.') && typeof before === 'string' ? diskInWords(before) : undefined;
  return disk ?? formatValue(before);
}

/** A change in one line: what becomes of its value, what that does, where it comes from. No control character gets through. */
export function rowOf(change: Change): Row {
  const { before, after, state, effect } = change;
  const symbol = symbolOf(change);
  const value =
    symbol === '+'
      ? formatValue(after)
      : symbol === '-'
        ? removedText(change)
        : `${formatValue(before)} → ${formatValue(after)}`;
  const heavy = state !== 'change' || !(effect === 'none' || effect === 'live');
  const weight = heavy ? 'heavy' : effect === 'live' ? 'live' : 'none';
  return { symbol, path: clean(change.path), value, effect: effectText(change), weight, origin: clean(change.origin) };
}

const INDENT = 6;
// A narrower column would hold a word a line.
const LEAST_ROOM = 30;
// Where the lines of long texts begin, and how many that stay are shown beside one that changes.
const BELOW = ' '.repeat(10);
const CONTEXT = 2;

/** Each row in one line, its columns lined up with the others'; what is too wide goes on below, beside its path. */
function layOut(rows: readonly Row[], { theme, width, origins }: ChangeLayout): readonly (readonly string[])[] {
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
    const begin = `    ${paintSymbol[symbol](symbol)} ${pad(path, pathWidth)}  `;
    const tails = [
      ...(effect === '' ? [] : [{ text: effect, painted: paint[weight] }]),
      ...(origins ? [{ text: `(${origin})`, painted: theme.faint }] : []),
    ];
    const start = INDENT + Math.max(pathWidth, widthOf(path)) + 2;
    const tail = tails.map(({ text }) => text).join('  ');
    const paintedTail = tails.map(({ text, painted }) => painted(text)).join('  ');
    if (tail === '' && start + widthOf(value) <= width) return [`${begin}${value}`];
    // Out of its column is better than on a line of its own.
    for (const shown of [pad(value, valueWidth), value])
      if (start + widthOf(shown) + 2 + widthOf(tail) <= width) return [`${begin}${shown}  ${paintedTail}`];
    const room = Math.max(LEAST_ROOM, width - start);
    const below =
      widthOf(tail) <= room ? [paintedTail] : tails.flatMap(({ text, painted }) => wrapAll(text, room).map(painted));
    const [first = '', ...rest] = [...wrapList(value, room), ...(tail === '' ? [] : below)];
    return [`${begin}${first}`, ...rest.map((line) => `${' '.repeat(start)}${line}`)];
  });
}

/** Where the value at a path of a spec came from, as in `web.yaml:7:10`; undefined where no spec says it. */
type OriginAt = (path: string) => string | undefined;

/** How changes are shown. */
export interface ChangeLayout {
  readonly theme: Theme;
  /** How many columns a line may take. */
  readonly width: number;
  /** Whether long texts are shown to their last line, changed or not. */
  readonly whole?: boolean | undefined;
  /** Whether each says where its value comes from. */
  readonly origins: boolean;
  /** Where the parts of a new device come from; they are not shown without it. */
  readonly originAt?: OriginAt | undefined;
}

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

/** A change of a list of maps as one of lines, each of them a map: rules come and go one by one. So are long texts. */
export function inLines(change: Change): Change {
  const { before, after } = change;
  if (symbolOf(change) === ' ' && !isListOfMaps(before, after)) return longTextInLines(change);
  if (!isListOfMaps(before, after)) return change;
  // With an end of line, so that a list of one is shown line by line too.
  return { ...change, before: `${linesOfList(before)}\n`, after: `${linesOfList(after)}\n` };
}

/** The changes of a live resource, one a line. */
export function formatChanges(changes: readonly Change[], layout: ChangeLayout): readonly string[] {
  const room = Math.max(LEAST_ROOM, layout.width - BELOW.length - 2);
  const shown = changes.map(inLines).map((change) => ({
    rows: [
      isTextOfLines(change.before, change.after) ? { ...rowOf(change), value: 'changed lines:' } : rowOf(change),
      ...partsOf(change, layout.originAt),
    ],
    below: isTextOfLines(change.before, change.after)
      ? formatTextDiff(String(change.before), String(change.after), layout.theme, {
          context: layout.whole === true ? undefined : CONTEXT,
          fold: (line) => wrapLine(line, room),
        }).map((part) => `${BELOW}${part}`)
      : [],
  }));
  const lines = layOut(
    shown.flatMap(({ rows }) => rows),
    layout,
  );
  let next = 0;
  return shown.flatMap(({ rows, below }) => {
    const mine = lines.slice(next, next + rows.length);
    next += rows.length;
    return [...mine.flat(), ...below];
  });
}

function volumeText(before: Json): string {
  const text = typeof before === 'string' ? before : formatValue(before);
  const match = /^(.*), ([\d.]+[KMGT])$/.exec(text);
  const bytes = parseSize(match?.[2] ?? '');
  return clean(match === null || bytes === undefined ? text : `${match[1]}, ${displaySize(bytes)}`);
}

/** A line for each volume that goes with a resource that is destroyed, by its name. */
export function removedRows(changes: readonly Change[]): readonly Row[] {
  return changes.map((change) => ({
    ...rowOf(change),
    ...{ symbol: '-', value: volumeText(change.before), weight: 'heavy' },
  }));
}

/** What goes with a resource that is destroyed: every volume by its name. */
export function formatRemoved(changes: readonly Change[], layout: ChangeLayout): readonly string[] {
  return layOut(removedRows(changes), { ...layout, origins: false }).flat();
}

function asMap(value: Json | undefined): JsonObject {
  return value !== undefined && isObject(value) ? (value as JsonObject) : {};
}

/** The changes that say what a new resource is made of: all but its name and pvevm's own mark. */
function madeOf({ address, changes }: ResourcePlan): readonly Change[] {
  const name = address.slice(address.indexOf('/') + 1);
  return changes.filter(
    ({ path, after }) => after !== null && !(path === 'name' && after === name) && !path.includes(' '),
  );
}

/** What a new resource is made of, with the origin of each value: a line for each of them. */
export function createdValueRows(resource: ResourcePlan, originAt?: OriginAt): readonly Row[] {
  return madeOf(resource).flatMap((change): readonly Row[] => [
    { ...rowOf(change), symbol: ' ', value: formatValue(change.after), effect: '', weight: 'none' },
    ...partsOf(change, originAt),
  ]);
}

/** What a new resource is made of: a line for each device, and one for each group of the other values. */
export function createdRows(resource: ResourcePlan): readonly Row[] {
  const shown = madeOf(resource);
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
  return [...groups].map(([group, parts]): Row => {
    const whole = parts.get('');
    const named = new Map([...parts].filter(([part]) => part !== ''));
    // A device may have values that are no part of it, as cloud-init's drive has what is written to it.
    const ofWhole = Object.entries(asMap(whole));
    const isWhole = whole !== undefined && (named.size === 0 || (whole !== true && ofWhole.length === 0));
    const value = isWhole ? formatValue(whole) : formatParts(new Map([...ofWhole, ...named]));
    return { symbol: ' ', path: clean(group), value, effect: '', weight: 'none', origin: '' };
  });
}

/** The line above a long text of a new resource. */
export function longTextRow(change: Change): Row {
  return { ...rowOf(change), symbol: ' ', value: 'as follows:', effect: '', weight: 'none' };
}

/** What a new resource is made of, as lines: by groups, or with `origins` value by value; long texts below, line by line. */
export function formatCreated(resource: ResourcePlan, layout: ChangeLayout): readonly string[] {
  const { long, rest } = splitLongTexts(resource);
  const rows = layout.origins ? createdValueRows(rest, layout.originAt) : createdRows(rest);
  const room = Math.max(LEAST_ROOM, layout.width - BELOW.length);
  const below = long.map(({ after }) => formatLongText(after, room, layout.whole === true));
  return layOut([...rows, ...long.map(longTextRow)], layout).flatMap((lines, index) => [
    ...lines,
    ...(below[index - rows.length] ?? []).map((line) => `${BELOW}${line}`.trimEnd()),
  ]);
}
