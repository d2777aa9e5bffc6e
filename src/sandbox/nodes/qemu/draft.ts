import type { ApiFacts } from '../../../pve/facts/facts.ts';
import { failure } from '../../api-error.ts';
import type { GuestConfig } from '../../guest-config.ts';
import { formatGuestConfig, parseGuestConfig } from '../../guest-config-file.ts';
import { configFact, isDriveKey } from './config-key.ts';
import { parseDrive } from './drive.ts';

/** A config file being changed: the description is a key like any other, as in Proxmox VE's own code. */
export interface GuestDraft {
  readonly current: Map<string, string>;
  readonly pending: Map<string, string>;
  /** Key to whether its volume goes too. */
  readonly pendingDelete: Map<string, boolean>;
  sections: GuestConfig['sections'];
}

/** Opens a config for changes. */
export function openDraft(config: GuestConfig): GuestDraft {
  const current = new Map(Object.entries(config.current));
  if (config.description !== undefined) current.set('description', config.description);
  return {
    current,
    pending: new Map(Object.entries(config.pending)),
    pendingDelete: new Map(Object.entries(config.pendingDelete)),
    sections: config.sections,
  };
}

/**
 * Closes a draft as Proxmox VE writes a config (qemu-server: PVE/QemuServer.pm, write_vm_config): the old `smp` becomes
 * `sockets`, `unusedN` whose volume is in use go, and every value is as reading the file gives it. Throws where a value
 * has a line feed, or an integer a sign.
 */
export function closeDraft(facts: ApiFacts, draft: GuestDraft): GuestConfig {
  const smp = draft.current.get('smp');
  if (smp !== undefined) {
    draft.current.set('sockets', smp);
    draft.current.delete('cores');
    draft.current.delete('smp');
  }
  const used = new Set<string>();
  for (const values of [draft.current, draft.pending]) {
    for (const [key, value] of values) {
      checkValue(facts, key, value);
      const drive = isDriveKey(key) ? parseDrive(facts, key, value) : undefined;
      if (drive !== undefined) used.add(drive.file);
    }
  }
  for (const [key, value] of [...draft.current]) {
    if (/^unused\d+$/.test(key) && used.has(value)) draft.current.delete(key);
  }
  const { description, ...current } = Object.fromEntries(draft.current);
  return parseGuestConfig(
    formatGuestConfig({
      ...(description === undefined ? {} : { description }),
      current,
      pending: Object.fromEntries(draft.pending),
      pendingDelete: Object.fromEntries(draft.pendingDelete),
      sections: draft.sections,
    }),
  );
}

function checkValue(facts: ApiFacts, key: string, value: string): void {
  if (key === 'description') return;
  const unparsable = `unable to parse value of '${key}' -`;
  if (/[\r\n]/.test(value)) throw failure(`${unparsable} property contains a line feed`);
  // A sign passes the check of the request, but not that of the file.
  if (configFact(facts, key)?.type === 'integer' && value.startsWith('+')) {
    throw failure(`${unparsable} type check ('integer') failed - got '${value}'`);
  }
}

/**
 * Drops pending values that equal the current ones and pending removals of keys that are not set
 * (pve-guest-common: PVE/AbstractConfig.pm, cleanup_pending).
 */
export function cleanUpPending(draft: GuestDraft): void {
  for (const [key, value] of [...draft.pending]) {
    if (draft.current.get(key) === value) draft.pending.delete(key);
  }
  for (const key of [...draft.pendingDelete.keys()]) {
    if (!draft.current.has(key)) draft.pendingDelete.delete(key);
  }
}

/** Whether anything is pending. */
export function hasPending(draft: GuestDraft): boolean {
  return draft.pending.size > 0 || draft.pendingDelete.size > 0;
}
