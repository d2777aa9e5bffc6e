import { isCloudInitKey } from './config-key.ts';
import { type Drive, isCdrom } from './drive.ts';

/** Keys that involve no device: a running guest takes them at once (qemu-server: PVE/QemuServer.pm, fast_plug_option). */
const IMMEDIATE = new Set([
  'description',
  'hookscript',
  'lock',
  'migrate_downtime',
  'migrate_speed',
  'name',
  'onboot',
  'protection',
  'shares',
  'startup',
  'tags',
  'vmstatestorage',
]);

/** Drive options that a running QEMU cannot change (vmconfig_update_disk). */
const FIXED_DRIVE_OPTIONS = ['aio', 'cache', 'discard', 'iothread', 'product', 'queues', 'ro', 'ssd', 'vendor'];

/** NIC options whose change needs the NIC to be unplugged and plugged again (vmconfig_update_net). */
const REPLUG_NET_OPTIONS = ['model', 'macaddr'];
const REPLUG_NET_NUMBERS = ['queues', 'mtu'];

/** How a running guest takes a change: at once, by unplugging and plugging again, or with its next start. */
export type RunningChange = 'live' | 'replug' | 'restart';

/** Whether a running guest takes a change of this key at once, whatever its `hotplug` says. */
export function isImmediate(key: string): boolean {
  return IMMEDIATE.has(key) || isCloudInitKey(key);
}

/** The features of a guest's `hotplug`; absent or `1`: network, disk and usb. */
export function hotplugFeatures(hotplug: string | undefined): ReadonlySet<string> {
  const text = hotplug ?? '1';
  if (text === '0') return new Set();
  if (text === '1') return new Set(['network', 'disk', 'usb']);
  return new Set(text.split(/[,;\s]+/).filter((feature) => feature !== ''));
}

/**
 * How a running guest takes another value of one drive; undefined: it refuses to turn a disk into a CD-ROM or back.
 * A throttle is live, an option such as `serial` is written and takes effect unnoticed at the next start.
 */
export function driveChange(before: Drive, after: Drive): RunningChange | undefined {
  if (isCdrom(before) !== isCdrom(after)) return undefined;
  if (isCdrom(before)) return 'live';
  if (before.file !== after.file) return 'replug';
  const isFixed = FIXED_DRIVE_OPTIONS.some((option) => before.options[option] !== after.options[option]);
  return isFixed ? 'restart' : 'live';
}

/** How a running guest takes another value of one NIC: `live` or `replug`. */
export function netChange(
  before: Readonly<Record<string, string>>,
  after: Readonly<Record<string, string>>,
): RunningChange {
  const number = (text: string | undefined): number | undefined => (text === undefined ? undefined : Number(text));
  const isOther =
    REPLUG_NET_OPTIONS.some((option) => before[option] !== after[option]) ||
    REPLUG_NET_NUMBERS.some((option) => number(before[option]) !== number(after[option])) ||
    before['bridge'] === undefined ||
    after['bridge'] === undefined;
  return isOther ? 'replug' : 'live';
}
