import { parameterFailure } from '../../api-error.ts';
import { isDriveKey } from './config-key.ts';
import { newDiskRequest, parseDrive, printDrive, storageOf, withOptions } from './drive.ts';
import type { GuestScope } from './guest.ts';
import { isIso } from './storage-access.ts';

/** `cdrom=` is another name of `ide2=` (qemu-server: PVE/API2/Qemu.pm, resolve_cdrom_alias). */
export function resolveCdromAlias(settings: Record<string, string>): void {
  const value = settings['cdrom'];
  if (value === undefined) return;
  delete settings['cdrom'];
  settings['ide2'] = value.includes('media=') ? value : `${value},media=cdrom`;
}

/**
 * Checks and prints anew every drive of a request (qemu-server: PVE/API2/Qemu.pm, check_drive_param): `none` and
 * `cdrom` are CD-ROMs, an ISO image must say that it is one.
 */
export function normaliseDrives(scope: GuestScope, settings: Record<string, string>): void {
  for (const key of Object.keys(settings).sort()) {
    if (!isDriveKey(key)) continue;
    const drive = parseDrive(scope.host.facts, key, settings[key] as string);
    if (drive === undefined) throw parameterFailure({ [key]: 'unable to parse drive options' });
    if (drive.options['import-from'] !== undefined) checkImport(key, drive.options, newDiskRequest(drive)?.size);
    const isPath = storageOf(drive.file) === undefined && !/^(?:cdrom|none|\d+(?:\.\d+)?|cloudinit)$/.test(drive.file);
    if (isPath && !drive.file.startsWith('/dev/')) {
      throw parameterFailure({ [key]: `unable to associate path '${drive.file}' to any storage` });
    }
    if (isIso(drive.file) && drive.options['media'] !== 'cdrom') {
      throw parameterFailure({ [key]: "explicit 'media=cdrom' is required for iso images" });
    }
    const isEmpty = drive.file === 'none' || drive.file === 'cdrom';
    const media = isEmpty ? (drive.options['media'] ?? 'cdrom') : drive.options['media'];
    settings[key] = printDrive(withOptions(drive, { media }));
  }
}

function checkImport(key: string, options: Readonly<Record<string, string>>, size: string | undefined): void {
  if (size === undefined || Number(size) !== 0) {
    throw parameterFailure({
      [key]: "'import-from' requires special syntax - use <storage ID>:0,import-from=<source>",
    });
  }
  const required = key === 'efidisk0' ? ['efitype', 'pre-enrolled-keys'] : key === 'tpmstate0' ? ['version'] : [];
  for (const option of required) {
    if (options[option] === undefined) {
      throw parameterFailure({ [key]: `need to specify '${option}' when using 'import-from'` });
    }
  }
}
