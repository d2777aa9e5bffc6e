import type { ApiFacts } from '../../../pve/facts/facts.ts';
import { isCloudInitKey } from './config-key.ts';
import type { GuestDraft } from './draft.ts';
import { isCloudInitDrive } from './drive.ts';
import { type GuestScope, loadDraft, writeDraft } from './guest.ts';
import { drivesOf } from './guest-drives.ts';

const SECTION = 'special:cloudinit';

/** What the drive with cloud-init data says that the config no longer does. */
export interface CloudInitRecord {
  /** The former values of keys that were changed or removed. */
  readonly former: ReadonlyMap<string, string>;
  /** The keys that were set for the first time. */
  readonly added: ReadonlySet<string>;
}

/** Reads the section of the config file in which the differences are kept (qemu-server: PVE/QemuServer.pm). */
export function cloudInitRecord(draft: GuestDraft): CloudInitRecord {
  const former = new Map<string, string>();
  for (const line of draft.sections[SECTION] ?? []) {
    const [, key, value] = /^([a-z][a-z_-]*\d*):\s*(.+?)\s*$/.exec(line) ?? [];
    if (key !== undefined && value !== undefined) former.set(key, value);
  }
  const added = new Set((former.get('added') ?? '').split(',').filter((key) => key !== ''));
  former.delete('added');
  return { former, added };
}

/**
 * Notes that a key of a running guest changed, where the cloud-init data depends on it (qemu-server:
 * PVE/QemuServer.pm, vmconfig_hotplug_pending). A password is not noted.
 */
export function recordCloudInit(
  draft: GuestDraft,
  key: string,
  old: string | undefined,
  now: string | undefined,
): void {
  const isPart = (isCloudInitKey(key) && key !== 'cipassword') || key === 'name' || /^net\d+$/.test(key);
  if (!isPart || old === now) return;
  const record = cloudInitRecord(draft);
  const [former, added] = [new Map(record.former), new Set(record.added)];
  const recorded = former.get(key);
  if (recorded !== undefined) {
    added.delete(key);
    if (now === recorded) former.delete(key);
  } else if (added.has(key)) {
    if (now === undefined) added.delete(key);
  } else if (old !== undefined) former.set(key, old);
  else added.add(key);
  const lines = [...former, ...(added.size === 0 ? [] : [['added', [...added].sort().join(',')] as const])];
  const { [SECTION]: _replaced, ...others } = draft.sections;
  const text = lines.map(([name, value]) => `${name}: ${value}`).sort();
  draft.sections = text.length === 0 ? others : { ...others, [SECTION]: text };
}

/** Whether a config has a drive with cloud-init data. */
function hasCloudInitDrive(facts: ApiFacts, values: ReadonlyMap<string, string>): boolean {
  return drivesOf(facts, values).some(({ drive }) => isCloudInitDrive(drive));
}

/** Writes the drive's data anew, so that it says what the config does (PVE/QemuServer/Cloudinit.pm). */
export function generateCloudInit(scope: GuestScope): void {
  const draft = loadDraft(scope);
  if (!hasCloudInitDrive(scope.host.facts, draft.current)) return;
  scope.log('generating cloud-init ISO');
  if (draft.sections[SECTION] === undefined) return;
  const { [SECTION]: _done, ...others } = draft.sections;
  draft.sections = others;
  writeDraft(scope, draft);
}
