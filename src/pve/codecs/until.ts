import { parseUntil, ttlIn } from '../../core/until.ts';
import type { Codec } from './codec.ts';

/** The end of an ephemeral guest: a moment, or a lifetime that becomes one when the guest is written. */
export const untilCodec: Codec = {
  fromSpec: (value) => (parseUntil(String(value)) === undefined ? `{until:${String(value)}}` : value),
  toSpec: (value) => ttlIn(String(value)) ?? value,
  parse: (text) => text,
  print: (value) => String(value),
};
