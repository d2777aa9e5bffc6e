import { isIP } from 'node:net';
import { PvevmError } from '../../core/error.ts';
import { askYes } from '../ask.ts';
import { type ContextFile, checkContextName } from '../contexts.ts';
import type { SettingsIo } from '../settings/family.ts';
import type { LoginOptions } from './login-options.ts';

/** The name of a context for an endpoint: the first part of its host name, or its address. */
export function contextNameFor(endpoint: string): string {
  const host = new URL(endpoint).hostname.replace(/^\[|\]$/g, '');
  return isIP(host) === 0 ? (host.split('.')[0] ?? host) : host.replaceAll(':', '-').replace(/^-+/, '');
}

/**
 * Whether the context of a name may be written: it is new, or may be replaced. Throws `CONSENT` where it is there and
 * nobody can be asked, and `CONFIG` for a name that cannot be one.
 */
export async function mayWriteContext(
  name: string,
  { contexts }: ContextFile,
  { yes }: LoginOptions,
  io: SettingsIo,
): Promise<boolean> {
  checkContextName(name);
  const before = contexts.get(name);
  if (before === undefined || yes === true) return true;
  if (io.stdin.isTTY !== true) {
    throw new PvevmError('CONSENT', `cannot write the context ${name}: there is one of that name`, {
      hints: ['Take another name with --context, or add --yes to replace it.'],
    });
  }
  return askYes(`There is a context ${name} already, for ${before.endpoints.join(', ')}. Replace it?`, io);
}
