import type { Clock } from '../../core/clock.ts';
import { PvevmError } from '../../core/error.ts';
import { untilAborted } from '../until-aborted.ts';
import type { Credentials } from './credentials.ts';
import { type Grant, ticketGrant } from './grant.ts';
import { type IssuedTicket, logIn, type SendUnsigned } from './login.ts';
import { normalizeUsername } from './realms.ts';
import type { Session } from './session.ts';

/** What a session needs besides credentials. */
export interface PasswordSessionOptions {
  readonly clock: Clock;
  /** How long one answer to a login may take, in milliseconds. */
  readonly timeoutMs: number;
}

// A ticket is valid for two hours (pve-access-control: PVE/AccessControl.pm, $ticket_lifetime).
const LIFETIME_MS = 2 * 60 * 60 * 1000;
const RENEWAL_MS = LIFETIME_MS / 2;

interface Held {
  readonly grant: Grant;
  readonly issued: IssuedTicket;
  readonly since: number;
}

/**
 * A session that logs in with a password: once, however many requests wait for it, and again with the ticket itself
 * before that expires. A login that the server refuses is not tried again, since Proxmox VE counts them.
 */
export function createPasswordSession(
  credentials: Extract<Credentials, { readonly type: 'password' }>,
  send: SendUnsigned,
  { clock, timeoutMs }: PasswordSessionOptions,
): Session {
  const username = normalizeUsername(credentials.username);
  if (!/^[^\s:/]+@[A-Za-z][\w.-]*$/.test(username)) {
    throw new PvevmError('CONFIG', 'cannot use the user name: it is not of the form user@realm', {
      hints: ['Give it as root@pam or anna@pve.'],
    });
  }
  const { password } = credentials;
  if (password === '') throw new PvevmError('CONFIG', `cannot log in as ${username}: the password is empty`);
  let otp = credentials.otp;
  let held: Held | undefined;
  let pending: Promise<Held> | undefined;
  let refused: PvevmError | undefined;

  const nextCode = async (): Promise<string | undefined> => {
    const code = otp ?? (await credentials.askOtp?.());
    otp = undefined;
    return code;
  };

  const request = async (secret: string): Promise<Held> => {
    const since = clock.now();
    const issued = await logIn({ username, password: secret, nextCode, timeoutMs }, send);
    return { issued, since, grant: ticketGrant('password', issued, [password]) };
  };

  const logInAnew = async (): Promise<Held> => {
    try {
      return await request(password);
    } catch (error) {
      if (error instanceof PvevmError && error.code === 'AUTHENTICATION') refused = error;
      throw error;
    }
  };

  const extend = async (old: Held): Promise<Held> => {
    if (clock.now() - old.since >= LIFETIME_MS) return logInAnew();
    try {
      // pve-access-control: PVE/API2/AccessControl.pm takes a valid ticket in place of the password, without a code.
      return await request(old.issued.ticket);
    } catch (error) {
      if (error instanceof PvevmError && error.code === 'AUTHENTICATION') return logInAnew();
      throw error;
    }
  };

  const once = async (make: () => Promise<Held>, signal?: AbortSignal): Promise<Grant> => {
    if (refused !== undefined) throw refused;
    pending ??= make()
      .then((fresh) => {
        held = fresh;
        return fresh;
      })
      .finally(() => {
        pending = undefined;
      });
    return (await untilAborted(pending, signal)).grant;
  };

  return {
    user: username,
    grant: async (signal) => {
      const old = held;
      if (old === undefined) return once(logInAnew, signal);
      return clock.now() - old.since < RENEWAL_MS ? old.grant : once(() => extend(old), signal);
    },
    renew: async (stale, signal) => (held !== undefined && held.grant !== stale ? held.grant : once(logInAnew, signal)),
  };
}
