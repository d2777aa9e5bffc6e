import type { IncomingHttpHeaders } from 'node:http';
import { isEnabled } from './access/privileges.ts';
import { isEqual } from './access/tickets.ts';
import { ApiError } from './api-error.ts';
import type { AuthUser } from './host.ts';
import type { SandboxState } from './house.ts';

const TOKEN = /^([^\s:/]+@[A-Za-z][\w.-]+![A-Za-z][\w.-]+)[=:]([0-9a-fA-F-]{36})$/;
const UPLOAD = /^\/nodes\/[^/]+\/storage\/[^/]+\/upload$/;

/** What of a request says who sends it. */
export interface Identification {
  readonly method: string;
  readonly path: string;
  readonly headers: Pick<IncomingHttpHeaders, 'authorization' | 'cookie'> & Readonly<Record<string, unknown>>;
}

/**
 * Who sends a request; throws status 401. A cookie wins over the `Authorization` header, which may hold a ticket too; a
 * write with a ticket needs a CSRF token (pve-http-server: PVE/APIServer/AnyEvent.pm; pve-manager: PVE/HTTPServer.pm,
 * auth_handler).
 */
export function authenticate(state: SandboxState, { method, path, headers }: Identification): AuthUser {
  const ticket =
    headerValue(headers.cookie, 'PVEAuthCookie') ?? headerValue(headers.authorization, 'PVEAuthCookie') ?? '';
  if (ticket !== '') {
    const user = userOfTicket(state, ticket);
    const isUpload = method === 'POST' && UPLOAD.test(path);
    const csrfToken = String(headers['csrfpreventiontoken'] ?? '');
    if (method !== 'GET' && !isUpload && !state.tickets.isCsrfToken(user.id, csrfToken)) {
      throw new ApiError(401, 'Permission denied - invalid csrf token');
    }
    return user;
  }
  const token = headerValue(headers.authorization, 'PVEAPIToken') ?? '';
  if (token === '') throw new ApiError(401, 'No ticket');
  return userOfToken(state, token);
}

/** The value of a name in a header, up to the next semicolon, decoded (PVE/APIServer/Formatter.pm, extract_auth_value). */
function headerValue(header: string | undefined, name: string): string | undefined {
  const value = new RegExp(`(?:^|\\s)${name}(?:=| )([^;]*)`).exec(header?.trim() ?? '')?.[1];
  return value?.replace(/%([0-9a-fA-F]{2})/g, (_whole, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 16)),
  );
}

function userOfTicket({ access, tickets, clock }: SandboxState, ticket: string): AuthUser {
  const id = tickets.read(ticket);
  // A ticket that waits for its second factor is none yet.
  if (id === undefined || id.startsWith('!tfa!') || !isEnabled(access, id, clock.now())) throw refused();
  return { id, isRoot: id === 'root@pam' };
}

function userOfToken({ access, clock }: SandboxState, text: string): AuthUser {
  const now = clock.now();
  const [, id, secret] = TOKEN.exec(text.trim()) ?? [];
  const token = id === undefined ? undefined : access.tokens.get(id);
  const owner = id?.split('!')[0] ?? '';
  const isValid =
    token !== undefined &&
    secret !== undefined &&
    isEqual(token.secret, secret) &&
    (token.expire === 0 || token.expire * 1000 > now) &&
    isEnabled(access, owner, now);
  if (id === undefined || !isValid) throw refused();
  return { id, isRoot: false };
}

function refused(): ApiError {
  return new ApiError(401, 'Authentication failed!');
}
