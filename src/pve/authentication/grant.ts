import type { Method } from '../request.ts';
import type { Credentials } from './credentials.ts';
import type { IssuedTicket } from './login.ts';

/** What a request is signed with. */
export interface Grant {
  readonly login: Credentials['type'];
  /** Texts that must not appear in any message. */
  readonly secrets: readonly string[];
  headers(method: Method): Readonly<Record<string, string>>;
}

/**
 * Signs with a ticket: in the cookie, and on writes with the CSRF prevention token (pve-http-server:
 * PVE/APIServer/AnyEvent.pm).
 */
export function ticketGrant(
  login: Credentials['type'],
  { ticket, csrfToken }: IssuedTicket,
  secrets: readonly string[],
): Grant {
  const encoded = encodeURIComponent(ticket);
  const cookie = { Cookie: `PVEAuthCookie=${encoded}` };
  const both = { ...cookie, CSRFPreventionToken: csrfToken };
  return {
    login,
    secrets: [...secrets, ticket, encoded, csrfToken],
    headers: (method) => (method === 'GET' ? cookie : both),
  };
}
