import { timingSafeEqual } from 'node:crypto';
import { isEnabled } from './access/privileges.ts';
import { ApiError } from './api-error.ts';
import type { AuthUser } from './host.ts';
import type { SandboxAccess } from './house.ts';

const TOKEN_HEADER = /^PVEAPIToken[= ]([^\s:/]+@[A-Za-z][\w.-]+![A-Za-z][\w.-]+)[=:]([0-9a-fA-F-]{36})$/;

/**
 * Who sends a request, by its `Authorization` header; throws status 401 (pve-manager: PVE/HTTPServer.pm, auth_handler;
 * pve-access-control: verify_token). Only API tokens are known here, no tickets.
 */
export function authenticate(access: SandboxAccess, authorization: string | undefined, now: number): AuthUser {
  if (!authorization?.trim().startsWith('PVEAPIToken')) throw new ApiError(401, 'No ticket');
  const [, id, secret] = TOKEN_HEADER.exec(authorization.trim()) ?? [];
  const token = id === undefined ? undefined : access.tokens.get(id);
  const owner = id?.split('!')[0] ?? '';
  const isValid =
    token !== undefined &&
    secret !== undefined &&
    isEqual(token.secret, secret) &&
    (token.expire === 0 || token.expire * 1000 > now) &&
    isEnabled(access, owner, now);
  if (id === undefined || !isValid) throw new ApiError(401, 'Authentication failed!');
  return { id, isRoot: false };
}

function isEqual(left: string, right: string): boolean {
  const [one, other] = [Buffer.from(left), Buffer.from(right)];
  return one.length === other.length && timingSafeEqual(one, other);
}
