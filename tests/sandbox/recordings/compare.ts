import { isObject } from '../../../src/core/json.ts';
import { normaliseBody } from './normalise.ts';

/** What is compared of an answer. */
export interface Answer {
  readonly status: number;
  readonly reason: string;
  readonly headers: Readonly<Record<string, string>>;
  /** The parsed body where it is JSON, otherwise its text. */
  readonly body: unknown;
}

const HEADERS: readonly string[] = ['cache-control', 'content-type', 'pragma', 'server'];
/** By which of its keys an item of a list is known. */
const IDENTITIES: readonly string[] =
  'id key volid vmid userid tokenid poolid roleid groupid sid n pos cidr name subdir storage node realm type ugid'.split(
    ' ',
  );

/** How an answer differs from the recorded one, a line for each place, as `place: recorded → answered`. */
export function differencesOf(path: string, recorded: Answer, answered: Answer): readonly string[] {
  const lines: string[] = [];
  const note = (place: string, expected: unknown, got: unknown): void => {
    if (JSON.stringify(expected) !== JSON.stringify(got)) lines.push(`${place}: ${show(expected)} → ${show(got)}`);
  };
  note('status', recorded.status, answered.status);
  note('reason', recorded.reason, answered.reason);
  for (const name of HEADERS) note(name, recorded.headers[name], answered.headers[name]);
  // Calls that a worker answers carry the header twice.
  if (recorded.status !== 200) note('connection', recorded.headers['connection'], answered.headers['connection']);
  compareValues('', normaliseBody(recorded.body, { path }), normaliseBody(answered.body, { path }), note);
  return lines;
}

type Note = (place: string, expected: unknown, got: unknown) => void;

function compareValues(place: string, expected: unknown, got: unknown, note: Note): void {
  const [left, right] = [entriesOf(expected, got), entriesOf(got, expected)];
  if (left === undefined || right === undefined) {
    note(place === '' ? 'body' : place, expected, got);
    return;
  }
  for (const key of new Set([...Object.keys(left), ...Object.keys(right)])) {
    compareValues(place === '' ? key : `${place}.${key}`, left[key], right[key], note);
  }
}

/** The parts of a value by name: the keys of an object, or the items of a list by what identifies them. */
function entriesOf(value: unknown, other: unknown): Record<string, unknown> | undefined {
  if (isObject(value)) return isObject(other) ? value : undefined;
  if (!Array.isArray(value) || !Array.isArray(other)) return undefined;
  const identity = IDENTITIES.find((key) => isUnique(value, key) && isUnique(other, key));
  if (identity === undefined) return Object.fromEntries(value.map((item, index) => [String(index), item]));
  return Object.fromEntries(value.map((item: Record<string, unknown>) => [`[${String(item[identity])}]`, item]));
}

function isUnique(items: readonly unknown[], key: string): boolean {
  const values = items.map((item) => (isObject(item) ? item[key] : undefined));
  return values.every((value) => value !== undefined) && new Set(values).size === items.length;
}

function show(value: unknown): string {
  return value === undefined ? '(nothing)' : JSON.stringify(value);
}
