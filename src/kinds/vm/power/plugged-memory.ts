// qemu-server: PVE/QemuServer/Memory.pm, foreach_dimm: what is fixed, and modules that are twice as large after every 32.
const FIXED_MIB = 1024;
const FIRST_MODULE_MIB = 512;
const MODULES_OF_A_SIZE = 32;
const LAST_MODULE_MIB = FIRST_MODULE_MIB * 2 ** 7;

/**
 * The sizes in MiB nearest to one that a running guest has with whole modules of memory: the largest below it or of it,
 * and the smallest above it or of it. Asked for another, Proxmox VE plugs up to the next and unplugs below it, and writes
 * what it reached.
 */
export function pluggedSizes(mebibytes: number): readonly [below: number, above: number] {
  let size = FIXED_MIB;
  for (let module = FIRST_MODULE_MIB; module <= LAST_MODULE_MIB; module *= 2) {
    for (let count = 0; count < MODULES_OF_A_SIZE; count += 1) {
      if (mebibytes < size + module) return mebibytes <= size ? [size, size] : [size, size + module];
      size += module;
    }
  }
  return [size, size];
}
