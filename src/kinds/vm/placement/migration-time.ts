import { MIB } from '../../../core/units.ts';
import type { LiveState } from '../../kind.ts';
import { transferTime } from '../../transfer-time.ts';
import { memoryMib } from '../load/start-time.ts';
import { volumeBytes } from '../load/volume-bytes.ts';

/**
 * How long a migration may take where the document does not say, in milliseconds: that of copying all that may have to be
 * sent, memory and disks.
 */
export function migrationTime({ current }: LiveState): number {
  return transferTime(memoryMib(current) * MIB + volumeBytes(current));
}
