import type { ChangeClass } from './effect.ts';

/** What one value of a raw config key, or of a sub-key of it, may be: the part of the API facts that can be checked. */
export interface OptionFact {
  readonly type?: string;
  readonly enum?: readonly string[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly maxLength?: number;
  /** A Perl regular expression that the whole value must match. */
  readonly pattern?: string;
}

/** What one sub-key of a property string may be. */
export interface OptionPart extends OptionFact {
  readonly default?: string | number | null;
  readonly default_key?: 1;
  readonly alias?: string;
  readonly keyAlias?: string;
  readonly optional?: 1;
}

/** A config key that no field covers, and that a document can set under `options`. */
export interface OptionKey extends OptionFact {
  readonly class: ChangeClass;
  /** The privilege that a change of it needs, several joined by `|` where any of them will do. */
  readonly privilege: string;
  /** The value that means the same as absence. */
  readonly absent?: string;
  readonly since?: string;
  /** How many there are of a numbered key. */
  readonly count?: number;
  /** The sub-keys, where its value is a property string. */
  readonly parts?: Readonly<Record<string, OptionPart>>;
}

/** The raw config keys of a kind: those that `options` takes, and why it does not take the others. */
export interface OptionTable {
  /** By key, `usb*` for numbered ones. */
  readonly keys: Readonly<Record<string, OptionKey>>;
  /** The field that stands for a key under another name. */
  readonly coveredBy: Readonly<Record<string, string>>;
  /** A sentence on each key that is no setting. */
  readonly refused: Readonly<Record<string, string>>;
}
