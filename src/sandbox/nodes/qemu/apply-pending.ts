import { ApiError } from '../../api-error.ts';
import { isDriveKey } from './config-key.ts';
import { cleanUpPending, type GuestDraft } from './draft.ts';
import { parseDrive } from './drive.ts';
import type { GuestScope } from './guest.ts';
import { detachDrive, registerUnused } from './unused-volume.ts';

/**
 * Applies everything that is pending, as for a stopped guest or at the next start (qemu-server: PVE/QemuServer.pm,
 * vmconfig_apply_pending): removals first. Returns what failed, by key; that stays
 * pending.
 */
export function applyPending(scope: GuestScope, draft: GuestDraft): Readonly<Record<string, string>> {
  const errors: Record<string, string> = {};
  const attempt = (key: string, change: () => void): boolean => {
    try {
      change();
      return true;
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      errors[key] = `unable to apply pending change ${key} : ${error.message}\n`;
      return false;
    }
  };
  for (const [key, isForced] of [...draft.pendingDelete].sort()) {
    const isDrive = isDriveKey(key) && draft.current.has(key);
    if (!attempt(key, () => isDrive && detachDrive(scope, draft, key, isForced))) continue;
    draft.pendingDelete.delete(key);
    draft.current.delete(key);
  }
  cleanUpPending(draft);
  for (const [key, value] of [...draft.pending].sort()) {
    const before = isDriveKey(key) ? parseDrive(scope.host.facts, key, draft.current.get(key) ?? '') : undefined;
    if (!attempt(key, () => before !== undefined && registerUnused(scope, draft, before))) continue;
    draft.current.set(key, value);
    draft.pending.delete(key);
  }
  return errors;
}
