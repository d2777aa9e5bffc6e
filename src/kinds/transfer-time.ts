import { GIB } from '../core/units.ts';

const HOUR_MS = 3_600_000;
const MS_PER_GIB = 60_000;

/**
 * How long copying so many bytes may take where nobody says otherwise, in milliseconds: an hour, and a minute more for each
 * GiB, which is slower than a single disk.
 */
export function transferTime(bytes: number): number {
  return HOUR_MS + Math.ceil(bytes / GIB) * MS_PER_GIB;
}
