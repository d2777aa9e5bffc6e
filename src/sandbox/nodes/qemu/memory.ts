import { failure } from '../../api-error.ts';

const BASE = 1024;
const SLOTS_PER_SIZE = 32;
const SIZE_STEPS = 8;

/** MiB of a `memory` value, `2048` or `current=2048`; 512 where there is none. */
export function memoryOf(text: string | undefined): number {
  return text === undefined ? 512 : Number(text.replace(/^current=/, ''));
}

/**
 * The memory in MiB that a running guest reaches by plugging or unplugging modules when asked for another size
 * (qemu-server: PVE/QemuServer/Memory.pm): 1024 MiB are fixed, then modules of 512 MiB, twice as large after every
 * 32. Growing rounds up to the next module, shrinking may go below what was asked. Throws below the fixed part.
 */
export function hotpluggedMemory(current: number, wanted: number): number {
  if (wanted < BASE) throw failure(`memory can't be lower than ${BASE} MB`);
  const boundaries = moduleBoundaries();
  if (wanted > current) return boundaries.find((size) => size >= wanted) ?? current;
  return boundaries.findLast((size) => size <= wanted) ?? BASE;
}

function moduleBoundaries(): readonly number[] {
  const sizes = [BASE];
  let size = BASE;
  let module = 512;
  for (let step = 0; step < SIZE_STEPS; step += 1) {
    for (let slot = 0; slot < SLOTS_PER_SIZE; slot += 1) {
      size += module;
      sizes.push(size);
    }
    module *= 2;
  }
  return sizes;
}
