import { failure } from '../../api-error.ts';

const QCOW2_MAGIC = 0x51_46_49_fb;
/** Where the header of a qcow2 file says how large its disk is, in bytes, as eight bytes (QEMU: docs/interop/qcow2.txt). */
const QCOW2_SIZE_AT = 24;

/**
 * The bytes of the disk that a downloaded image holds; undefined where they are those of the file. Throws where a qcow2
 * file is none, which Proxmox VE asks qemu-img about before it keeps it (pve-storage: PVE/Storage.pm, file_size_info).
 */
export function diskSizeOf(path: string, data: Buffer): number | undefined {
  if (!path.endsWith('.qcow2')) return undefined;
  if (data.length < QCOW2_SIZE_AT + 8 || data.readUInt32BE(0) !== QCOW2_MAGIC) {
    throw failure(`qemu-img: Could not open '${path}': Image is not in qcow2 format`);
  }
  return Number(data.readBigUInt64BE(QCOW2_SIZE_AT));
}
