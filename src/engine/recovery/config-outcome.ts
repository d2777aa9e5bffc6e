import type { Json, JsonObject } from '../../core/json.ts';
import type { Pending, PendingItem } from '../../pve/cluster-rows.ts';
import { codecOf } from '../../pve/codecs/codecs.ts';

/** What a look shows of a write: it was carried out, it was not, or that cannot be told. */
export type State = 'done' | 'not-done' | 'unclear';

const NO_KEYS: ReadonlySet<string> = new Set(['digest', 'delete', 'revert', 'force', 'background_delay']);
const VOLUME_KEY = /^(?:ide|sata|scsi|virtio|efidisk|tpmstate)\d+$/;
// They tell how a volume is made, or of the volume itself (qemu-server: PVE/QemuServer/Drive.pm).
const OF_VOLUME: ReadonlySet<string> = new Set(['format', 'size', 'import-from']);
const CODECS: Readonly<Record<string, string>> = { tags: 'tags', description: 'description' };
const SPELLINGS: Readonly<Record<string, string>> = { on: '1', yes: '1', true: '1', off: '0', no: '0', false: '0' };

/** What a key will hold after the next start; undefined where it is absent, or goes by then. */
export function nextText(item: PendingItem | undefined): string | undefined {
  const value = item?.delete === undefined ? (item?.pending ?? item?.value) : undefined;
  return value === undefined ? undefined : String(value);
}

function partsOf(text: string): ReadonlyMap<string, string> {
  return new Map(
    text.split(',').map((part, index): readonly [string, string] => {
      const at = part.indexOf('=');
      const name = at < 0 || (index === 0 && part.startsWith('file=')) ? '' : part.slice(0, at);
      const value = part.slice(at + 1);
      return [name, SPELLINGS[value.toLowerCase()] ?? value];
    }),
  );
}

/** The volume at the beginning of a drive's text; undefined where there is none. */
export function volumeOf(text: string | undefined): string | undefined {
  return text === undefined ? undefined : partsOf(text).get('');
}

/** Whether a volume is what a request asked for: that very one, or one that was made for it. */
function isVolume(sent: string, found: string, before: string | undefined): boolean {
  if (sent === found) return true;
  // qemu-server: PVE/QemuServer/Drive.pm, NEW_DISK_RE, and the drive of cloud-init.
  const [, storage] = /^([^:/\s]+):(?:\d+(?:\.\d+)?|cloudinit)$/.exec(sent) ?? [];
  return storage !== undefined && found.startsWith(`${storage}:`) && found !== before;
}

function sameDrive(sent: string, found: string, before: string | undefined): boolean {
  const [left, right] = [partsOf(sent), partsOf(found)];
  if (!isVolume(left.get('') ?? '', right.get('') ?? '', volumeOf(before))) return false;
  const keys = [...left.keys(), ...right.keys()].filter((key) => key !== '' && !OF_VOLUME.has(key));
  // A drive of cloud-init is a medium, though nobody says so (PVE/QemuServer/Cloudinit.pm).
  const isImplied = (key: string): boolean =>
    key === 'media' && !left.has(key) && (left.get('') ?? '').includes(':cloud');
  return keys.every((key) => isImplied(key) || left.get(key) === right.get(key));
}

// Without an address in the request, Proxmox VE makes one up (qemu-server: PVE/QemuServer.pm, add_random_macs).
function sameNic(sent: string, found: string): boolean {
  const [left, right] = [sent, found].map((text) => text.replace(/=[0-9A-Fa-f:]{17}(?=,|$)/, ''));
  const isSilent = left === sent;
  const words = (text: string | undefined): string => (text ?? '').split(',').sort().join(',').toLowerCase();
  return words(isSilent ? left : sent) === words(isSilent ? right : found);
}

function sameValue(key: string, sent: Json, found: string | undefined, before: string | undefined): boolean {
  if (found === undefined) return false;
  const text = typeof sent === 'boolean' ? String(Number(sent)) : String(sent);
  if (text === found) return true;
  if (key === 'cipassword') return true;
  if (VOLUME_KEY.test(key)) return sameDrive(text, found, before);
  if (/^net\d+$/.test(key)) return sameNic(text, found);
  const codec = codecOf(CODECS[key] ?? 'string');
  return JSON.stringify(codec.parse(text)) === JSON.stringify(codec.parse(found));
}

const words = (value: Json | undefined): readonly string[] =>
  typeof value === 'string' ? value.split(/[,;\s]+/).filter((word) => word !== '') : [];

/** Whether a write to a guest's configuration is in it, by the keys that it names; `before` is a read made before it. */
export function configOutcome(params: JsonObject, before: Pending, after: Pending): State {
  const set = Object.entries(params).filter(([key]) => !NO_KEYS.has(key));
  const deleted = words(params['delete']);
  const reverted = words(params['revert']);
  const textBefore = (key: string): string | undefined => nextText(before.items.get(key));
  const textAfter = (key: string): string | undefined => nextText(after.items.get(key));
  // A volume that nobody uses may be followed by another one under its key.
  const isGone = (key: string): boolean =>
    textAfter(key) === undefined || (key.startsWith('unused') && textAfter(key) !== textBefore(key));
  const isSettled = (key: string): boolean => {
    const item = after.items.get(key);
    return item?.pending === undefined && item?.delete === undefined;
  };
  const isDone =
    set.every(([key, value]) => sameValue(key, value, textAfter(key), textBefore(key))) &&
    deleted.every(isGone) &&
    reverted.every(isSettled);
  // What changes nothing may be sent again.
  if (before.digest === after.digest) return 'not-done';
  if (isDone) return 'done';
  const isUntouched = (key: string): boolean =>
    JSON.stringify(before.items.get(key)) === JSON.stringify(after.items.get(key));
  return [...set.map(([key]) => key), ...deleted, ...reverted].every(isUntouched) ? 'not-done' : 'unclear';
}
