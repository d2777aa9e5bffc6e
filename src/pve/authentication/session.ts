import { PvevmError } from '../../core/error.ts';
import type { Method } from '../request.ts';
import type { Credentials } from './credentials.ts';
import { type Grant, ticketGrant } from './grant.ts';
import type { SendUnsigned } from './login.ts';
import { createPasswordSession, type PasswordSessionOptions } from './password-session.ts';

/** What says who sends a client's requests, and keeps that valid. */
export interface Session {
  /** `user@realm!token`, or `user@realm`. */
  readonly user: string;
  /** What to sign a request with; logs in first where that is needed. Throws `AUTHENTICATION`. */
  grant(signal?: AbortSignal): Promise<Grant>;
  /** What to sign a request with after the server refused this; undefined where nothing else can be had. */
  renew(refused: Grant, signal?: AbortSignal): Promise<Grant | undefined>;
}

// pve-access-control: PVE/AccessControl.pm; user names have no blank, colon or slash, a secret is a UUID.
const TOKEN = /^[^\s:/=]+@[A-Za-z][\w.-]*![A-Za-z][\w.-]*=([0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})$/;
const TICKET = /^PVE:([^\s:!]+@[A-Za-z][\w.-]*):[0-9A-F]{8}::?[\w+/=-]+$/;

/** A session for credentials. Nothing is sent before the first request. Throws `CONFIG` for credentials that are none. */
export function createSession(credentials: Credentials, send: SendUnsigned, options: PasswordSessionOptions): Session {
  switch (credentials.type) {
    case 'token':
      return tokenSession(credentials.token.trim());
    case 'ticket':
      return ticketSession(credentials.ticket.trim(), credentials.csrfToken?.trim());
    case 'password':
      return createPasswordSession(credentials, send, options);
  }
}

/** What a text that is no token seems to be, in words that repeat nothing of it. */
function hintsAgainst(token: string): readonly string[] {
  if (token === '') return ['It is empty.'];
  if (/^["'`]|["'`]$/.test(token)) return ['Leave out the quotation marks around it.'];
  if (/^PVEAPIToken=/i.test(token)) return ['Leave out PVEAPIToken= before it.'];
  if (/\s/.test(token)) return ['There are blanks or several lines in it: leave in only the token.'];
  if (/^[0-9a-f-]{8,}$/i.test(token)) return ['It seems to be the secret alone: put user@realm!name= before it.'];
  if (!token.includes('=')) return ['Its secret is missing: put = and the secret after it.'];
  return token.includes('!') ? [] : ['The name of the token is missing: it stands between ! and =.'];
}

function tokenSession(token: string): Session {
  const secret = TOKEN.exec(token)?.[1];
  if (secret === undefined) {
    throw new PvevmError('CONFIG', 'cannot use the API token: it is not of the form user@realm!name=uuid', {
      hints: [...hintsAgainst(token), 'Create one in Datacenter > Permissions > API Tokens; its secret is shown once.'],
    });
  }
  const headers = { Authorization: `PVEAPIToken=${token}` };
  const grant: Grant = { login: 'token', secrets: [secret], headers: () => headers };
  return { user: token.replace(/=.*$/, ''), grant: async () => grant, renew: async () => undefined };
}

function ticketSession(given: string, csrfToken: string | undefined): Session {
  // A ticket copied out of a cookie is percent-encoded.
  const ticket = given.startsWith('PVE%3A') && URL.canParse(`x:${given}`) ? decodeURIComponent(given) : given;
  const user = TICKET.exec(ticket)?.[1];
  if (user === undefined || (csrfToken !== undefined && !/^[\w:+/=-]+$/.test(csrfToken))) {
    throw new PvevmError('CONFIG', 'cannot use the ticket: it is not of the form PVE:user@realm:…', {
      hints: [
        'Give the ticket and the CSRFPreventionToken as POST /access/ticket answers them, after any second factor.',
      ],
    });
  }
  const signed = ticketGrant('ticket', { ticket, csrfToken: csrfToken ?? '' }, []);
  const headers = (method: Method): Readonly<Record<string, string>> => {
    if (method === 'GET' || csrfToken !== undefined) return signed.headers(method);
    throw new PvevmError('CONFIG', 'cannot write with a ticket alone: its CSRF prevention token is missing', {
      hints: ['Give the CSRFPreventionToken that came with the ticket, or use an API token.'],
    });
  };
  const grant: Grant = { ...signed, headers };
  return { user, grant: async () => grant, renew: async () => undefined };
}
