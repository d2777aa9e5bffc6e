import type { Json } from '../../core/json.ts';

/**
 * How one kind of value is written in a spec, on the wire, and compared. The canonical form between the two is plain
 * JSON: bytes, seconds, booleans, sorted sets.
 */
export interface Codec {
  /** From the spec's words to the canonical form. The schema has checked the value. */
  fromSpec(value: Json): Json;
  /** From the canonical form to the spec's words. */
  toSpec(value: Json): Json;
  /** From Proxmox VE's text to the canonical form; text that it cannot read is kept as it is. */
  parse(text: string): Json;
  /** From the canonical form to what Proxmox VE takes. */
  print(value: Json): string | number;
  /** Whether a desired value is met by a live one, where equality of the canonical forms does not say it all. */
  agrees?(desired: Json, live: Json): boolean;
}
