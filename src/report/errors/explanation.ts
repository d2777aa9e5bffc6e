import type { ErrorCode } from '../../core/error.ts';

/** What `pvevm explain PVEVM-…` and the index of errors say of an error code. Sentences; `code` marks what is typed. */
export interface ErrorExplanation {
  /** What has happened, and what has not. */
  readonly happened: string;
  /** What it usually comes from, the likeliest first. */
  readonly causes: readonly string[];
  /** What to do, best first. */
  readonly remedies: readonly string[];
}

/** What is said of some error codes. */
export type Explanations<Code extends ErrorCode> = Readonly<Record<Code, ErrorExplanation>>;
