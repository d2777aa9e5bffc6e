import type { Disagreement } from './disagreements.ts';
import type { Exchange } from './exchange.ts';
import type { Outcome } from './replay.ts';
import { BOUNDS, isInScope, isLaterUrl } from './scope.ts';

/** One exchange with what became of it. */
export interface Replayed {
  readonly line: number;
  readonly exchange: Exchange;
  readonly outcome: Outcome;
  readonly listed: Disagreement | undefined;
}

/** What a recording came to. */
export interface Tally {
  /** As in `9.2/02-qemu-lifecycle`. */
  readonly recording: string;
  readonly agreed: number;
  /** How many are compared: neither unstable, nor out of scope, nor the recorder's own. */
  readonly compared: number;
  /** Differences that are not listed, and listed ones that are none; a readable block each. */
  readonly problems: readonly string[];
}

const WIDTH = 400;

/** The path of a request below `/api2/json`, without its query. */
export function pathBelowApi({ path }: Exchange): string {
  return path.replace(/^\/api2\/[a-z]+/, '').replace(/\?.*/, '');
}

/** Whether an exchange is compared: the real API would repeat it, and the sandbox is to have its call. */
export function isComparable({ exchange, outcome }: Replayed): boolean {
  const isRepeatable = exchange.unstable !== true && !outcome.isOfBridge;
  return isRepeatable && !outcome.isOfLaterTask && !isLaterUrl(exchange.path) && isInScope(pathBelowApi(exchange));
}

/** Counts a recording's outcomes. */
export function tallyOf(recording: string, replayed: readonly Replayed[]): Tally {
  const counted = replayed.filter(isComparable);
  const compared = counted.filter(({ listed }) => listed?.isRecorders !== true);
  return {
    recording,
    agreed: compared.filter(({ outcome }) => outcome.differences.length === 0).length,
    compared: compared.length,
    problems: counted.flatMap((one) => problemOf(recording, one)),
  };
}

function problemOf(recording: string, { line, exchange, outcome, listed }: Replayed): readonly string[] {
  const isDifferent = outcome.differences.length > 0;
  if (isDifferent === (listed !== undefined)) return [];
  const sent = exchange.raw_body ?? JSON.stringify(exchange.params ?? []);
  const head = `${recording}:${line}  ${exchange.method} ${exchange.path}  ${short(sent)}`;
  const lines = isDifferent ? outcome.differences : [`agrees by now, though it is listed: ${listed?.reason}`];
  return [[head, ...lines.map((text) => `    ${short(text)}`)].join('\n')];
}

function short(text: string): string {
  return text.length > WIDTH ? `${text.slice(0, WIDTH)}…` : text;
}

/** As in `9.2/02-qemu-lifecycle  158 of 160 agree (98.8 %), 100 % wanted`. */
export function tallyLine({ recording, agreed, compared }: Pick<Tally, 'recording' | 'agreed' | 'compared'>): string {
  const bound = BOUNDS[recording.split('/')[1]?.slice(0, 2) ?? ''];
  const wanted = bound === undefined ? '' : `, ${bound} % wanted`;
  return `${recording.padEnd(28)} ${agreed} of ${compared} agree (${percent(agreed, compared)} %)${wanted}`;
}

/** Whether as much agrees as has to. */
export function holdsBound({ recording, agreed, compared }: Tally): boolean {
  const bound = BOUNDS[recording.split('/')[1]?.slice(0, 2) ?? ''] ?? 0;
  return compared === 0 || (agreed / compared) * 100 >= bound;
}

function percent(part: number, whole: number): string {
  return whole === 0 ? '–' : (Math.floor((part / whole) * 1000) / 10).toFixed(1);
}
