import { PvevmError } from '../../core/error.ts';

const DEFAULT_PORT = 8006;
const HINT = 'Give the endpoint as https://HOST:8006, without a user or password.';
// As URLs write it: lower case, other scripts in their ASCII form, an IPv6 address in brackets.
const HOST = /^(?:\[[0-9a-f:.]+\]|[a-z0-9_][a-z0-9_.-]*)$/;

/**
 * The address below which `/api2/json` is found, as `https://host:port` or `https://host/prefix`: a bare host gets https
 * and port 8006; a prefix stays, `/api2/json` at its end and the web interface's `#…` do not. Throws `CONFIG` for
 * anything but https, for an address that holds a user or password, and for an IPv6 zone.
 */
export function parseEndpoint(text: string): string {
  const trimmed = text.trim();
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(trimmed)?.[1]?.toLowerCase();
  if (scheme !== undefined && scheme !== 'https') {
    throw new PvevmError('CONFIG', `cannot use an endpoint with ${scheme}:`, {
      hints: ['Give the endpoint as https://HOST:8006; Proxmox VE speaks nothing else.'],
    });
  }
  if (/^(?:https:\/\/)?\[?[0-9a-f:]*:[0-9a-f:.]*%/i.test(trimmed)) {
    throw new PvevmError('CONFIG', 'cannot use an endpoint with an IPv6 zone (%…)', {
      hints: ["Give an address that needs none, such as the node's global one, or its host name."],
    });
  }
  const url = parseUrl(scheme === undefined ? `https://${bracketed(trimmed)}` : trimmed);
  const reason = reasonAgainst(trimmed, url);
  if (url === undefined || reason !== undefined) {
    throw new PvevmError('CONFIG', `cannot use the endpoint: ${reason}`, { hints: [HINT] });
  }
  // A bare host means Proxmox VE's own port; an address that says https means what it says.
  if (scheme === undefined && url.port === '' && !/:443(?:\/|$)/.test(trimmed)) url.port = String(DEFAULT_PORT);
  return url.origin + prefixOf(url.pathname);
}

/** The host of an endpoint as sockets take it (an IPv6 address without brackets), and its port. */
export function hostAndPort(endpoint: string): { readonly host: string; readonly port: number } {
  const { hostname, port } = new URL(endpoint);
  return { host: hostname.replace(/^\[|\]$/g, ''), port: Number(port === '' ? 443 : port) };
}

/** What is wrong with an endpoint, in words that repeat nothing of it: it may hold a secret. */
function reasonAgainst(text: string, url: URL | undefined): string | undefined {
  if (text === '') return 'it is empty';
  if (/^["'`]|["'`]$/.test(text)) return 'it has quotation marks around it';
  if (/^https?(?::\/?|\/+)(?!\/)\D/i.test(text)) return 'its https is not followed by ://';
  if (url === undefined) return 'its host or port is not one';
  if (url.username !== '' || url.password !== '') return 'it holds a user or password';
  return HOST.test(url.hostname) ? undefined : 'its host is not one';
}

function prefixOf(path: string): string {
  return path.replace(/\/api2(?:\/(?:json|extjs)(?:\/.*)?)?\/*$/, '').replace(/\/+$/, '');
}

function parseUrl(text: string): URL | undefined {
  return URL.canParse(text) ? new URL(text) : undefined;
}

/** An IPv6 address without brackets, put into them. */
function bracketed(host: string): string {
  return /^[0-9a-f:]*:[0-9a-f:]*:[0-9a-f:.]*$/i.test(host) ? `[${host}]` : host;
}
