import type { Json } from '../../core/json.ts';
import type { Change, ResourcePlan } from '../../core/plan.ts';
import { redact } from '../../core/redact.ts';
import { sanitizeLine } from '../../core/sanitize.ts';
import { isListOfMaps, linesOfList } from '../list-text.ts';
import { widthOf } from '../table.ts';
import { wrapLine } from '../wrap.ts';

// What is longer than this is no value that one takes in beside others.
const LONGEST_VALUE = 72;
const FIRST_LINES = 10;

/** A text, or a list of texts or of maps as lines; empty for nothing, undefined for any other value. */
export function linesOf(value: Json): string | undefined {
  if (value === null) return '';
  if (typeof value === 'string') return value;
  if (isListOfMaps(null, value)) return linesOfList(value);
  return Array.isArray(value) && value.every((item) => typeof item === 'string') ? value.join('\n') : undefined;
}

/** Whether a value is a text of several lines, a long one, a list of texts that is long in one line, as SSH keys are, or one of maps, as rules are. */
function isLongText(value: Json): boolean {
  if (typeof value === 'string') return value.trimEnd().includes('\n') || widthOf(value) > LONGEST_VALUE;
  if (isListOfMaps(null, value)) return true;
  if (!Array.isArray(value) || !value.every((item) => typeof item === 'string')) return false;
  return widthOf(value.join(', ')) > LONGEST_VALUE;
}

/** A change of a long text, or of a list of them, as one of lines; any other change as it is. */
export function longTextInLines(change: Change): Change {
  const before = linesOf(change.before);
  const after = linesOf(change.after);
  if (before === undefined || after === undefined) return change;
  if (!isLongText(change.before) && !isLongText(change.after)) return change;
  const ended = (text: string): string => (text === '' ? '' : `${text}\n`);
  return { ...change, before: ended(before), after: ended(after) };
}

/** The long texts of a new resource, which stand below everything else that it is made of, and the resource without them. */
export function splitLongTexts(resource: ResourcePlan): { long: readonly Change[]; rest: ResourcePlan } {
  const long = resource.changes.filter(({ after }) => isLongText(after));
  return { long, rest: { ...resource, changes: resource.changes.filter((change) => !long.includes(change)) } };
}

/** The lines of a long text, each made safe for a terminal and no wider than `width`: all of them, or the first ones. */
export function formatLongText(value: Json, width: number, whole: boolean): readonly string[] {
  const lines = (linesOf(value) ?? '').replace(/\n$/, '').split('\n');
  const shown = whole || lines.length <= FIRST_LINES + 1 ? lines : lines.slice(0, FIRST_LINES);
  const more = lines.length - shown.length;
  return [
    ...shown.flatMap((line) => wrapLine(sanitizeLine(redact(line)), width)),
    ...(more === 0 ? [] : [`… ${more} more lines (--verbose shows them)`]),
  ];
}
