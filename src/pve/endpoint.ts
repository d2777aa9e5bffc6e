import { PvevmError } from '../core/error.ts';

const DEFAULT_PORT = 8006;

/**
 * The address of a Proxmox VE API as `https://host:port`: a bare host gets https and port 8006, a path is dropped.
 * Throws `CONFIG` for anything but https, and for an address that holds a user or password.
 */
export function parseEndpoint(text: string): string {
  const trimmed = text.trim();
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(trimmed)?.[1]?.toLowerCase();
  if (scheme !== undefined && scheme !== 'https') {
    throw new PvevmError('CONFIG', `cannot use an endpoint with ${scheme}:`, {
      hints: ['Give the endpoint as https://HOST:8006; Proxmox VE speaks nothing else.'],
    });
  }
  const url = parseUrl(scheme === undefined ? `https://${bracketed(trimmed)}` : trimmed);
  if (url === undefined || url.username !== '' || url.password !== '') {
    throw new PvevmError('CONFIG', 'cannot read the endpoint', {
      hints: ['Give it as https://HOST:8006, without a user or password.'],
    });
  }
  // A bare host means Proxmox VE's own port; an address that says https means what it says.
  if (scheme === undefined && url.port === '' && !/:443(?:\/|$)/.test(trimmed)) url.port = String(DEFAULT_PORT);
  return url.origin;
}

function parseUrl(text: string): URL | undefined {
  return URL.canParse(text) ? new URL(text) : undefined;
}

/** An IPv6 address without brackets, put into them. */
function bracketed(host: string): string {
  return /^[0-9a-f:]*:[0-9a-f:]*:[0-9a-f:.]*$/i.test(host) ? `[${host}]` : host;
}
