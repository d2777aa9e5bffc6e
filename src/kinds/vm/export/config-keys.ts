import { vmFields } from '../../../generated/fields/vm.ts';
import { codecOf } from '../../../pve/codecs/codecs.ts';
import type { LiveState } from '../../kind.ts';
import { cloudInitSlot } from '../cloud-init/drive.ts';
import { splitDescription } from '../identity/mark.ts';
import { fieldsOf, takeFields, takeOption } from './config-values.ts';
import type { Draft } from './draft.ts';
import { isDrive, takeDrive } from './drives.ts';

// What is told elsewhere: attributes of a guest, and what Proxmox VE keeps of snapshots in the same list.
const TOLD_ELSEWHERE = new Set(['name', 'template', 'lock', 'parent', 'status', 'pool']);

/** The keys that Proxmox VE makes by itself at creation. */
const GENERATED = new Set(['meta', 'smbios1', 'vmgenid']);

// What a key needs no word for: the uuid that Proxmox VE made, and the one sort of TDX that there is.
const UNSAID: Readonly<Record<string, ReadonlySet<string>>> = {
  smbios1: new Set(['uuid']),
  'intel-tdx': new Set(['type']),
};

/** How a guest's config is read: whose mark and tag it carries, and by which version it is kept. */
export interface ConfigSource {
  readonly vmid: number;
  readonly version: string;
  /** pvevm's own tag, which no document says. */
  readonly ownTag: string | undefined;
}

function takeSecret(draft: Draft, key: string): boolean {
  const field = vmFields.find((candidate) => candidate.key === key && candidate.writeOnly === true);
  if (field === undefined) return false;
  const variable = `\${env.PVEVM_${key.toUpperCase()}}`;
  const remedy = `It is set, and Proxmox VE does not show it. To manage it, write ${field.path}: ${variable}.`;
  draft.lose(field.path, remedy);
  return true;
}

function takeKey(draft: Draft, key: string, text: string, live: LiveState, source: ConfigSource): void {
  const { version, ownTag } = source;
  if (isDrive(key)) {
    takeDrive(draft, [key, text], { ...source, cloudInitSlot: cloudInitSlot(live.pending) });
    return;
  }
  if (takeSecret(draft, key)) return;
  if (key === 'description') {
    const own = codecOf('description').parse(splitDescription(text).text);
    if (own !== '') draft.put('description', own);
  } else if (key === 'tags') {
    const tags = (codecOf('tags').parse(text) as readonly string[]).filter((tag) => tag !== ownTag);
    if (tags.length > 0) draft.put('tags', tags);
  } else if (key === 'vmgenid') {
    // Any other value is one that was made for this guest.
    if (text === '0') draft.put('system.vmGenId', false);
  } else if (key === 'meta') return;
  else {
    const fields = fieldsOf(key);
    if (fields.length === 0) takeOption(draft, key, text);
    else takeFields(draft, [key, text], fields, version, UNSAID[key]);
  }
}

/** Writes a guest's config as it will be after the next full start, by the fields' annotations read backwards. */
export function takeConfig(draft: Draft, live: LiveState, source: ConfigSource): void {
  for (const key of [...live.pending.keys()].sort()) {
    if (!TOLD_ELSEWHERE.has(key)) takeKey(draft, key, live.pending.get(key) ?? '', live, source);
  }
  // A document that speaks of cloud-init asks for its drive, unless it says that there is none.
  if (draft.has('cloudInit') && !draft.has('cloudInit.drive')) draft.put('cloudInit.drive', null);
}

/** The keys of a guest's config that Proxmox VE made by itself, sorted. */
export function generatedKeys(live: LiveState): readonly string[] {
  return [...live.pending.keys()].filter((key) => GENERATED.has(key)).sort();
}

/** The keys whose values wait for a restart, sorted. */
export function pendingKeys(live: LiveState): readonly string[] {
  const keys = new Set([...live.current.keys(), ...live.pending.keys()]);
  return [...keys].filter((key) => live.current.get(key) !== live.pending.get(key)).sort();
}
