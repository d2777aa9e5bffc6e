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
  /** What the kind's own call of the API names it, where it is no config key: `policy_in`. */
  readonly parameter?: string;
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
  /** A secret: written, never shown, and compared by presence alone. */
  readonly writeOnly?: true;
  /** Where it fits: one of these conditions must hold (`bus`, or the path of another field). */
  readonly requires?: readonly Readonly<Record<string, Json>>[];
  /** The paths of values beside which the default does not apply, `*` for the field's own slot or, without one, any. */
  readonly defaultUnless?: readonly string[];
  /** What a plain value stands for. */
  readonly shorthand?: string | Readonly<Record<string, Json>>;
  /** That a list is accepted and numbered. */
  readonly list?: 'bus' | 'net';
  /** The built-in default. */
  readonly default?: Json;
  readonly description: string;
}

/** Whether a field is a config key of Proxmox VE, or a part of one, and is compared as such. */
export function isConfigField({ key, codec }: Field): boolean {
  return key !== false && codec !== undefined;
}

const WHOLE: ReadonlySet<string | undefined> = new Set(['volume', 'nic', 'device']);

/** Whether a field is a device as a whole, which is made and removed; its parts are fields of their own. */
export function isWholeDevice({ codec }: Field): boolean {
  return WHOLE.has(codec);
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
