import { isObject } from '../../core/json.ts';
import { parseJson } from '../errors.ts';

/** The second factors that a server offers a user. */
export interface TfaChallenge {
  readonly totp: boolean;
  readonly recovery: boolean;
  readonly yubico: boolean;
}

/**
 * Reads which second factors a half-authenticated ticket `PVE:!tfa!CHALLENGE:…` offers; one that cannot be read is taken
 * to offer TOTP, and the server decides (pve-access-control: PVE/AccessControl.pm, assemble_ticket with TFA data).
 */
export function readTfaChallenge(ticket: string): TfaChallenge {
  const content = parseJson(decode(/^PVE:!tfa!([^:]*)/.exec(ticket)?.[1] ?? ''));
  if (!isObject(content)) return { totp: true, recovery: false, yubico: false };
  return {
    totp: isOffered(content['totp']),
    recovery: isOffered(content['recovery']),
    yubico: isOffered(content['yubico']),
  };
}

/**
 * A code as the server takes it, as in `totp:123456`. A prefix that is typed stands; digits are a TOTP code, the letters
 * of a YubiKey are one of its codes where that is offered, and everything else is a recovery key.
 */
export function answerOfCode(code: string, challenge: TfaChallenge): string {
  const typed = code.trim();
  if (/^(?:totp|recovery|yubico):/.test(typed)) return typed;
  const digits = typed.replace(/\s/g, '');
  if (/^\d+$/.test(digits)) return `totp:${digits}`;
  if (challenge.yubico && /^[cbdefghijklnrtuv]{32,48}$/i.test(typed)) return `yubico:${typed}`;
  return `recovery:${typed}`;
}

// Recovery keys are a word (`unavailable`, `low`, `available`) or the numbers of those that are left.
function isOffered(value: unknown): boolean {
  if (Array.isArray(value)) return value.length > 0;
  return value === true || value === 1 || (typeof value === 'string' && value !== 'unavailable' && value !== '');
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return '';
  }
}
