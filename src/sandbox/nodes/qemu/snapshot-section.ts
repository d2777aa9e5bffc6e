import type { GuestConfig } from '../../guest-config.ts';
import { formatGuestConfig, parseGuestConfig } from '../../guest-config-file.ts';
import { openDraft } from './draft.ts';

type Sections = GuestConfig['sections'];

/** Keys that neither a snapshot takes from the guest nor the guest from a snapshot (AbstractConfig.pm, __snapshot_copy_config). */
const NOT_COPIED = new Set([
  ...['snapstate', 'snaptime', 'vmstate', 'lock', 'description'],
  ...['runningmachine', 'runningcpu', 'running-nets-host-mtu'],
]);

/** The names of a guest's snapshots; `[special:…]` sections are none. */
export function snapshotNames(sections: Sections): readonly string[] {
  return Object.keys(sections).filter((name) => !name.includes(':'));
}

/** The values of one snapshot; undefined where there is none of that name. */
export function snapshotOf(sections: Sections, name: string): Map<string, string> | undefined {
  const lines = name.includes(':') || !Object.hasOwn(sections, name) ? undefined : sections[name];
  return lines === undefined ? undefined : openDraft(parseGuestConfig(`${lines.join('\n')}\n`)).current;
}

/** The sections with one snapshot set, or left out where `values` is undefined. */
export function withSnapshot(
  sections: Sections,
  name: string,
  values: ReadonlyMap<string, string> | undefined,
): Sections {
  const { [name]: _replaced, ...others } = sections;
  if (values === undefined) return others;
  const { description, ...current } = Object.fromEntries(values);
  const text = formatGuestConfig({
    ...(description === undefined ? {} : { description }),
    ...{ current, pending: {}, pendingDelete: {}, sections: {} },
  });
  return { ...others, [name]: text.split('\n').filter((line) => line !== '') };
}

/** What a snapshot keeps of a guest, and a guest gets back from a snapshot. */
export function copiedValues(values: ReadonlyMap<string, string>): Map<string, string> {
  return new Map([...values].filter(([key]) => !NOT_COPIED.has(key) && !/^unused\d+$/.test(key)));
}
