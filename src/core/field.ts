import type { ChangeClass } from './effect.ts';
import type { Json } from './json.ts';

/**
 * One field of a kind's schema with its mapping to Proxmox VE. The tables of fields are generated from the `x-pve`
 * annotations; nothing else says which key a field becomes.
 */
export interface Field {
  /** Where it stands in a spec, with `*` for a slot: `disks.*.cache`. */
  readonly path: string;
  /** The config key, `net*` for numbered ones, `*` where the slot's name is the key; false for what is no config key. */
  readonly key: string | false;
  /** The key inside a property string. */
  readonly sub?: string;
  readonly codec?: string;
  readonly class?: ChangeClass;
  /** The privilege that a change of it needs; `root@pam` where only that user may. */
  readonly privilege?: string;
  readonly since?: string;
  readonly until?: string;
  /** The value, as a spec writes it, that means the same as absence. */
  readonly absent?: Json;
  /** Compared only where the document or the project file writes it. */
  readonly creation?: boolean;
  /** Where it fits: one of these conditions must hold (`bus`, or the path of another field). */
  readonly requires?: readonly Readonly<Record<string, Json>>[];
  /** What a plain value stands for. */
  readonly shorthand?: string | Readonly<Record<string, Json>>;
  /** That a list is accepted and numbered. */
  readonly list?: 'bus' | 'net';
  /** The built-in default. */
  readonly default?: Json;
  readonly description: string;
}

/** The property-string formats of a kind's config keys, by key (`net*`, `agent`). */
export type FieldFormats = Readonly<
  Record<
    string,
    Readonly<
      Record<
        string,
        {
          readonly default_key?: 1;
          readonly alias?: string;
          readonly keyAlias?: string;
          /** An alias that older versions know too: what is written to the server. */
          readonly writtenAs?: string;
        }
      >
    >
  >
>;
