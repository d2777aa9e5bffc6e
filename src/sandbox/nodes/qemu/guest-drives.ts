import type { ApiFacts } from '../../../pve/facts/facts.ts';
import { BOOT_DRIVE_KEYS } from './config-key.ts';
import { type Drive, isCdrom, parseDrive } from './drive.ts';

/** A slot of a guest and what is in it. */
export interface DriveSlot {
  readonly key: string;
  readonly drive: Drive;
}

const SLOTS: readonly string[] = [...BOOT_DRIVE_KEYS, 'efidisk0', 'tpmstate0'];

/** The drives of a config in the order in which Proxmox VE visits them (pve-guest-common: foreach_volume). */
export function drivesOf(facts: ApiFacts, values: ReadonlyMap<string, string>): readonly DriveSlot[] {
  return SLOTS.flatMap((key) => {
    const text = values.get(key);
    const drive = text === undefined ? undefined : parseDrive(facts, key, text);
    return drive === undefined ? [] : [{ key, drive }];
  });
}

/** The drives that are neither CD-ROMs nor hold cloud-init data. */
export function disksOf(facts: ApiFacts, values: ReadonlyMap<string, string>): readonly DriveSlot[] {
  return drivesOf(facts, values).filter(({ drive }) => !isCdrom(drive));
}
