import type { ChangeClass } from './effect.ts';

/** What the value of a raw config key may be: the part of the API facts that can be checked. */
export interface OptionFact {
  readonly type?: string;
  readonly enum?: readonly string[];
  readonly minimum?: number;
  readonly maximum?: number;
}

/** A config key that no field covers, and that a document can set under `options`. */
export interface OptionKey extends OptionFact {
  readonly class: ChangeClass;
  /** The privilege that a change of it needs, several joined by `|` where any of them will do. */
  readonly privilege: string;
  /** The value that means the same as absence. */
  readonly absent?: string;
}

/** The raw config keys of a kind: those that `options` takes, and why it does not take the others. */
export interface OptionTable {
  readonly keys: Readonly<Record<string, OptionKey>>;
  /** The field that stands for a key under another name. */
  readonly coveredBy: Readonly<Record<string, string>>;
  /** A sentence on each key that is no setting. */
  readonly refused: Readonly<Record<string, string>>;
}
