import type { ApiFacts } from '../../../pve/facts/facts.ts';
import { BOOT_DRIVE_KEYS, isDriveKey } from './config-key.ts';
import { isCdrom, parseDrive } from './drive.ts';

/** The devices of `boot: order=…`; empty for the legacy form and where there is none. */
export function parseBootOrder(boot: string | undefined): readonly string[] {
  const order = boot?.split(',').find((part) => part.startsWith('order='));
  return (order ?? '')
    .slice('order='.length)
    .split(/[;\s]+/)
    .filter((device) => device !== '');
}

/** Prints a boot order; an empty one is an empty text (qemu-server: PVE/QemuServer.pm, print_bootorder). */
export function printBootOrder(devices: readonly string[]): string {
  return devices.length === 0 ? '' : `order=${devices.join(';')}`;
}

/**
 * The boot order that a new guest gets: its first disk, its first CD-ROM and its first NIC
 * (qemu-server: PVE/QemuServer.pm, get_default_bootdevices).
 */
export function defaultBootDevices(facts: ApiFacts, config: ReadonlyMap<string, string>): readonly string[] {
  const devices: string[] = [];
  for (const wantsCdrom of [false, true]) {
    const first = BOOT_DRIVE_KEYS.find((key) => {
      const text = config.get(key);
      const drive = text === undefined ? undefined : parseDrive(facts, key, text);
      return drive !== undefined && isCdrom(drive) === wantsCdrom;
    });
    if (first !== undefined) devices.push(first);
  }
  const nic = [...config.keys()].sort().find((key) => /^net\d+$/.test(key));
  if (nic !== undefined) devices.push(nic);
  return devices;
}

/** The drives that the guest boots from and that therefore cannot be unplugged (Drive.pm, get_bootdisks). */
export function bootDisks(config: ReadonlyMap<string, string>): readonly string[] {
  const order = parseBootOrder(config.get('boot')).filter((device) => isDriveKey(device));
  if (order.length > 0 || config.get('boot')?.includes('order=')) return order;
  const bootdisk = config.get('bootdisk');
  return bootdisk !== undefined && isDriveKey(bootdisk) && config.has(bootdisk) ? [bootdisk] : [];
}
