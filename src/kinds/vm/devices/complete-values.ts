import type { Field } from '../../../core/field.ts';
import { vmFields } from '../../../generated/fields/vm.ts';
import type { LiveState, ManagedValue } from '../../kind.ts';
import { withAbsentHere } from '../absent-here.ts';
import { storedParts } from '../live.ts';
import { isInVersion } from '../project.ts';

/** What decides what fields mean besides their own values. */
export interface Surroundings {
  /** The server's version, as in `9.2`. */
  readonly version: string;
  /** Undefined where the guest is to be created. */
  readonly live: LiveState | undefined;
}

const PCI_OR_USB = /^(hostpci|usb)\d+$/;

/** Whether an operating system is Windows (qemu-server: PVE/QemuServer/Helpers.pm, windows_version). */
export function isWindows(osType: string | undefined): boolean {
  return /^w/.test(osType ?? '');
}

/** The version that a machine is pinned to, as `[9, 2]`; undefined where it is not. */
function pinnedVersion(machine: string | undefined): readonly [major: number, minor: number] | undefined {
  const [, major, minor] = /^(?:type=)?(?:pc(?:-i440fx|-q35)?|virt)-(\d+)\.(\d+)/.exec(machine ?? '') ?? [];
  return major === undefined || minor === undefined ? undefined : [Number(major), Number(minor)];
}

/** Whether a machine has the USB controller that every device of a newer one is on (PVE/QemuServer/USB.pm). */
export function hasXhci(machine: string | undefined, osType: string | undefined): boolean {
  const [major, minor] = pinnedVersion(machine) ?? [Number.POSITIVE_INFINITY, 0];
  return (major > 7 || (major === 7 && minor >= 1)) && /^(l26|win8|win10|win11)$/.test(osType ?? '');
}

function liveTexts(key: string, live: LiveState | undefined): readonly string[] {
  return [live?.current.get(key), live?.pending.get(key)].filter((text) => text !== undefined);
}

/** Whether a value of a slot is a device of the host itself, neither a mapping nor virtual. */
function isRaw(key: string, parts: Readonly<Record<string, unknown>>): boolean {
  if (/^serial\d+$/.test(key)) return parts[''] !== undefined && parts[''] !== 'socket';
  return parts['host'] !== undefined && !(key.startsWith('usb') && /^spice$/i.test(String(parts['host'])));
}

/**
 * The keys that hold, or are to hold, a device of the host itself, which root@pam alone may give, change and take away
 * (qemu-server: PVE/API2/Qemu.pm, check_usb_perm, check_hostpci_perm, check_vm_modify_config_perm).
 */
function rawKeys(values: readonly ManagedValue[], live: LiveState | undefined): ReadonlySet<string> {
  const keys = new Set<string>();
  for (const { key, sub, value } of values) {
    if (!PCI_OR_USB.test(key) && !/^serial\d+$/.test(key)) continue;
    const stored = liveTexts(key, live).map((text) => storedParts(key, text) ?? { '': text });
    const wanted = value === undefined ? {} : { [sub ?? '']: value };
    if ([wanted, ...stored].some((parts) => isRaw(key, parts))) keys.add(key);
  }
  return keys;
}

/** Of a mapping and a device of the host there is one: where the document has the one, the other goes. */
function withoutOther(values: readonly ManagedValue[]): readonly ManagedValue[] {
  return values.flatMap((managed) => {
    const { key, sub, value } = managed;
    if (!PCI_OR_USB.test(key) || value === undefined || (sub !== 'host' && sub !== 'mapping')) return [managed];
    const other = sub === 'host' ? 'mapping' : 'host';
    const field = vmFields.find((candidate) => candidate.key === key.replace(/\d+$/, '*') && candidate.sub === other);
    if (field === undefined || values.some((one) => one.key === key && one.sub === other)) return [managed];
    const path = `devices.${key}.${field.path.split('.').at(-1)}`;
    return [managed, { ...managed, path, sub: other, field, value: undefined }];
  });
}

function fieldHere(
  managed: ManagedValue,
  raw: ReadonlySet<string>,
  values: readonly ManagedValue[],
  { version, live }: Surroundings,
): Field {
  const { key } = managed;
  const found = withAbsentHere(managed, { values, version, live });
  const isPlugged = /^usb\d+$/.test(key) && hasXhci(live?.current.get('machine'), live?.current.get('ostype'));
  const field: Field = isPlugged ? { ...found, class: 'H:usb' } : found;
  if (raw.has(key)) return { ...field, privilege: 'root@pam' };
  // Before 8.4 the key stood in no list of privileges, and so was root's.
  if (key === 'rng0' && !isInVersion({ ...field, since: '8.4' }, version)) return { ...field, privilege: 'root@pam' };
  return field;
}

/**
 * The managed values with what follows from the server and the guest: a device of the host itself is root@pam's alone, a
 * USB device can be plugged where the running machine has the controller for it, absence means what it does here, and
 * what Proxmox VE makes by itself at creation is not asked for.
 */
export function completeValues(values: readonly ManagedValue[], surroundings: Surroundings): readonly ManagedValue[] {
  const { live } = surroundings;
  const raw = rawKeys(values, live);
  const isMadeByItself = live === undefined && !values.some(({ key, value }) => key === 'arch' && value === 'aarch64');
  return (
    withoutOther(values)
      .filter(({ key, sub, value }) => {
        // The uuid of a guest stays as it is.
        if (key === 'smbios1' && sub === 'uuid') return value !== undefined;
        return key !== 'vmgenid' || !isMadeByItself || value !== true;
      })
      // A new guest without an id has to be asked for: Proxmox VE makes one where nothing is said.
      .map((managed) =>
        managed.key === 'vmgenid' && live === undefined ? { ...managed, value: managed.value ?? false } : managed,
      )
      .map((managed) => {
        const field = fieldHere(managed, raw, values, surroundings);
        return field === managed.field ? managed : { ...managed, field };
      })
  );
}
