import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** One request that was sent to the real API, and its answer: one line of a recording. */
export interface Exchange {
  readonly method: string;
  readonly path: string;
  readonly params: readonly (readonly [string, string | number])[] | null;
  readonly raw_body?: string | null;
  /** The id of a token; null or absent: a ticket, or nothing. */
  readonly auth?: string | null;
  readonly note?: string;
  /** How long the answer took, in milliseconds. */
  readonly ms?: number;
  readonly status: number;
  readonly reason: string;
  readonly headers: Readonly<Record<string, string>>;
  /** The body where it was JSON. */
  readonly response?: unknown;
  /** The body where it was not. */
  readonly text?: string;
  /** The real API itself does not repeat it. */
  readonly unstable?: boolean;
}

/** The names of a version's recordings, such as `02-qemu-lifecycle`, in the order in which they were made. */
export function recordingsOf(folder: string, version: string): readonly string[] {
  return readdirSync(join(folder, version))
    .filter((name) => name.endsWith('.jsonl'))
    .map((name) => name.replace('.jsonl', ''))
    .sort();
}

/** The exchanges of one recording, in the order of sending. */
export function readExchanges(folder: string, version: string, name: string): readonly Exchange[] {
  return readFileSync(join(folder, version, `${name}.jsonl`), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Exchange);
}
