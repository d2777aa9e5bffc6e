import type { Diagnostic } from '../../../core/diagnostic.ts';
import type { Pending } from '../../../pve/cluster-rows.ts';
import type { Mark } from './mark.ts';

/** A guest that a document was matched with. */
export interface FoundGuest {
  readonly type: 'found';
  readonly node: string;
  readonly vmid: number;
  readonly config: Pending;
  readonly running: boolean;
  readonly owned: boolean;
  readonly mark: Mark | undefined;
  /** Whose firewall it has, where it is yet to be cloned: a clone takes a copy of it (PVE/Firewall.pm, clone_vmfw_conf); null where that guest is yet to be made too. */
  readonly firewallOf?: { readonly node: string; readonly vmid: number } | null;
}

/** What looking for a document's guest came to. */
export type Located =
  | FoundGuest
  | { readonly type: 'absent'; readonly notes?: readonly Diagnostic[] }
  | { readonly type: 'failed'; readonly diagnostics: readonly Diagnostic[] };

/** The text of a config key; undefined where it is not set. */
export function textOf(config: Pending, key: string): string | undefined {
  const value = config.items.get(key)?.value;
  return value === undefined ? undefined : String(value);
}

/**
 * What tells this guest from another one that had, or will have, its id: the uuid that Proxmox VE makes at every create
 * and clone, or what stands in for it. The part before `=` says which.
 */
export function incarnationOf(config: Pending): string {
  const uuid = /(?:^|,)uuid=([^,]+)/.exec(textOf(config, 'smbios1') ?? '')?.[1];
  if (uuid !== undefined) return `smbios1=${uuid.toLowerCase()}`;
  const vmgenid = textOf(config, 'vmgenid');
  if (vmgenid !== undefined && vmgenid !== '0') return `vmgenid=${vmgenid.toLowerCase()}`;
  const created = /(?:^|,)ctime=(\d+)/.exec(textOf(config, 'meta') ?? '')?.[1];
  return created === undefined ? `digest=${config.digest}` : `ctime=${created}`;
}
