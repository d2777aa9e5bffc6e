import { type Field, isWholeDevice } from '../../../core/field.ts';
import { vmFields } from '../../../generated/fields/vm.ts';
import { ownerOf } from '../disks/volumes.ts';
import { decodeVm, isCloudInitDrive, isDisk, isVolumeKey } from '../live.ts';
import { fieldsOf, takeFields } from './config-values.ts';
import type { Draft } from './draft.ts';

const DISK_FIELDS = vmFields.filter((field) => field.key === '*' && field.codec !== undefined);

const MEDIUM_SLOT = 'ide2';

/** What a drive's value says of its volume and its sort, and what is derived from that. */
const OF_THE_VOLUME: readonly string[] = ['file', 'media', 'format', 'size', 'storage'];

// Proxmox VE writes it as it enrols certificates (qemu-server: PVE/QemuServer/OVMF.pm).
const KEPT_BY_SERVER = ['ms-cert'];

/** Whether a volume's name says its format: files do, and other volumes are raw. */
function namesFormat(volume: string): boolean {
  return /\.(raw|qcow2|vmdk)$/.test(volume);
}

/** The parts of a disk that a document leaves out: a volume that is made says its storage and size, any other its name. */
function computedOf(volume: string, vmid: number): ReadonlySet<string> {
  if (ownerOf(volume) !== vmid || volume.startsWith('/')) return new Set(['media', 'format', 'size', 'storage']);
  return new Set(['media', 'file', ...(namesFormat(volume) ? [] : ['format'])]);
}

/** The device first: its parts belong below it. */
function deviceFirst(fields: readonly Field[]): readonly Field[] {
  return [...fields].sort((left, right) => Number(isWholeDevice(right)) - Number(isWholeDevice(left)));
}

function takeCloudInitDrive(draft: Draft, [key, text]: readonly [string, string], slot: string | undefined): void {
  if (key !== slot) {
    draft.lose(`${key}: ${text}`, 'It is a second drive of cloud-init; a document has one.');
    return;
  }
  const { file = '', storage, format } = decodeVm(key, text) ?? {};
  draft.put('cloudInit.drive', key);
  if (storage !== undefined) draft.put('cloudInit.storage', storage);
  if (namesFormat(file) && format !== undefined) draft.put('cloudInit.format', format);
  takeFields(draft, [key, text], [], '', new Set(OF_THE_VOLUME));
}

/**
 * Writes a drive as what it is: a disk, the medium, cloud-init's drive (on `cloudInitSlot`), the EFI disk or the TPM's
 * state.
 */
export function takeDrive(
  draft: Draft,
  [key, text]: readonly [key: string, text: string],
  guest: { readonly vmid: number; readonly version: string; readonly cloudInitSlot: string | undefined },
): void {
  const { vmid, version, cloudInitSlot } = guest;
  const parts = decodeVm(key, text);
  const volume = parts?.['file'];
  if (volume === undefined) draft.lose(key, `Its value, ${text}, cannot be taken apart.`);
  else if (!/^(scsi|virtio|sata|ide)/.test(key)) {
    // Only the EFI disk has a format that a document may say.
    const asFormat = key === 'efidisk0' && namesFormat(volume) ? [] : ['format'];
    const computed = new Set([...KEPT_BY_SERVER, 'file', 'media', 'size', ...asFormat]);
    takeFields(draft, [key, text], deviceFirst(fieldsOf(key)), version, computed);
  } else if (isCloudInitDrive(text)) takeCloudInitDrive(draft, [key, text], cloudInitSlot);
  else if (isDisk(text)) takeFields(draft, [key, text], deviceFirst(DISK_FIELDS), version, computedOf(volume, vmid));
  else if (key === MEDIUM_SLOT) {
    const computed = new Set(OF_THE_VOLUME.filter((name) => name !== 'file'));
    takeFields(draft, [key, text], fieldsOf(key), version, computed);
  } else draft.lose(`${key}: ${text}`, `A document has one medium, in ${MEDIUM_SLOT} (os.media).`);
}

/** Whether a config key holds a drive in the sense of `takeDrive`. */
export function isDrive(key: string): boolean {
  return isVolumeKey(key);
}
