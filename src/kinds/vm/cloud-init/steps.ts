import type { Change } from '../../../core/plan.ts';
import type { Resource } from '../../../core/resource.ts';
import type { LiveState, ManagedValue, Observation } from '../../kind.ts';
import type { DeviceChange } from '../disks/volume-change.ts';
import { volumeIn } from '../disks/volumes.ts';
import { isCloudInitDrive, isDriveKey } from '../live.ts';
import { type Draft, TIMEOUTS } from '../steps.ts';
import { slotOrder } from '../wants.ts';
import { cloudInitSlot, DRIVE_PATH, wantsCloudInit } from './drive.ts';

// What stands in the data on the drive: its own keys, the guest's name, and the MAC addresses of its interfaces
// (qemu-server: PVE/QemuServer/Cloudinit.pm).
const DATA_KEY =
  /^(?:cicustom|cipassword|citype|ciupgrade|ciuser|ipconfig\d+|nameserver|searchdomain|sshkeys|name|net\d+)$/;
const MAC_OR_WHOLE = /^network\.net\d+(?:\.mac)?$/;

/** Whether managed values of one key are those of a cloud-init drive that is wanted. */
export function isWantedDrive(values: readonly ManagedValue[]): boolean {
  return values.some((managed) => managed.path === DRIVE_PATH && managed.sub === undefined && managed.value === true);
}

/** What a new cloud-init drive's value is, as in `ceph-pool:cloudinit` (qemu-server: PVE/API2/Qemu.pm, create_disks). */
export function newDriveText(values: readonly ManagedValue[]): string {
  const partOf = (sub: string): ManagedValue['value'] => values.find((managed) => managed.sub === sub)?.value;
  const format = partOf('format');
  return `${partOf('storage')}:cloudinit${format === undefined ? '' : `,format=${format}`}`;
}

/** The title of a change to a cloud-init drive; undefined for any other device. */
export function driveTitle(
  key: string,
  changes: readonly Change[],
  text: string | number | undefined,
): string | undefined {
  if (!changes.some((change) => change.path.startsWith('cloudInit'))) return undefined;
  if (changes.every((change) => change.withdraws === true)) return `keep cloud-init drive ${key}`;
  if (text === undefined) return `remove cloud-init drive ${key}`;
  const added = changes.some((change) => change.path === DRIVE_PATH && change.before === null);
  return `${added ? 'add' : 'replace'} cloud-init drive ${key}`;
}

/**
 * The volume of a cloud-init drive that goes by a change of its slot: it is freed, and never kept as unused (qemu-server:
 * PVE/QemuServer.pm, vmconfig_register_unused_drive).
 */
export function freedDrive(
  { key, text, revert }: Pick<DeviceChange, 'key' | 'text' | 'revert'>,
  live: LiveState,
): readonly string[] {
  const before = live.current.get(key) ?? live.pending.get(key);
  if (before === undefined || revert || !isDriveKey(key) || !isCloudInitDrive(before)) return [];
  const volume = volumeIn(key, before);
  return volume === undefined || String(text ?? '').split(',')[0] === volume ? [] : [volume];
}

/**
 * The boot order of a new guest with a cloud-init drive: first disk, medium, first interface. Proxmox VE's own default
 * would take the cloud-init drive for the medium, where it comes first (PVE/QemuServer.pm, get_default_bootdevices).
 */
export function bootAtCreation(values: readonly ManagedValue[]): string | undefined {
  if (!values.some((managed) => managed.path === DRIVE_PATH) || values.some((managed) => managed.key === 'boot'))
    return undefined;
  const devices = values.filter((managed) => managed.sub === undefined && managed.value === true);
  const disks = devices.map(({ key, path }) => (path.startsWith('disks.') && isDriveKey(key) ? key : undefined));
  const nics = devices.map(({ key }) => (/^net\d+$/.test(key) ? key : undefined));
  const first = (keys: readonly (string | undefined)[], order: (key: string) => number): string | undefined =>
    keys.filter((key) => key !== undefined).sort((left, right) => order(left) - order(right))[0];
  const medium = values.find((managed) => managed.path === 'os.media' && managed.value !== undefined)?.key;
  const order = [first(disks, slotOrder), medium, first(nics, (key) => Number(key.slice('net'.length)))];
  const named = order.filter((key) => key !== undefined);
  return named.length === 0 ? undefined : `order=${named.join(';')}`;
}

/**
 * Whether changes make the drive of a running guest say something else than the config: then it is made anew. Proxmox VE
 * does that by itself at every start, and when the drive is attached.
 */
export function regenerates(resource: Resource, observation: Observation, changes: readonly Change[]): boolean {
  const { live } = observation;
  if (live === undefined || !live.running || !wantsCloudInit(resource)) return false;
  const slot = cloudInitSlot(live.current);
  const written = changes.filter((change) => change.state === 'change');
  if (slot === undefined || written.some((change) => change.key === slot)) return false;
  if (written.some((change) => change.key === 'status' && change.after !== 'running')) return false;
  return written.some(
    ({ key, path, effect }) =>
      DATA_KEY.test(key) && (!/^net\d+$/.test(key) || (MAC_OR_WHOLE.test(path) && effect === 'live')),
  );
}

/**
 * The step that makes the drive anew where the changes ask for it. It comes as soon as all that stands on the drive is
 * written, so that what fails later leaves the drive as it should be.
 */
export function regenerateDrafts(
  resource: Resource,
  observation: Observation,
  changes: readonly Change[],
): readonly Draft[] {
  if (!regenerates(resource, observation, changes)) return [];
  return [
    {
      title: 'make the cloud-init drive anew',
      effect: 'live',
      request: { method: 'PUT', path: `/nodes/${observation.node}/qemu/${observation.vmid}/cloudinit`, params: {} },
      await: { for: 'none', timeoutMs: TIMEOUTS.config },
      hints: [
        `The settings are written, and no later plan sees that the drive lacks them. Make it anew: qm cloudinit update ${observation.vmid}. The next full start does that too.`,
      ],
    },
  ];
}
