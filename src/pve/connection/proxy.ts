import { BlockList, isIP, isIPv6 } from 'node:net';
import { PvevmError } from '../../core/error.ts';
import { hostAndPort } from '../endpoints/endpoint.ts';

/** The proxy to go through, and the hosts that are reached without it; both as the environment writes them. */
export interface ProxySettings {
  /** `http://proxy:3128` or `https://user:password@proxy`. */
  readonly https?: string;
  /** `*`, or names, suffixes and addresses with commas in between. */
  readonly noProxy?: string;
}

/** A proxy, taken apart. */
export interface HttpProxy {
  readonly secure: boolean;
  readonly host: string;
  readonly port: number;
  /** The value of `Proxy-Authorization`, where the address holds a user. */
  readonly authorization?: string;
  /** The address without user and password, for messages. */
  readonly shown: string;
}

/**
 * The proxy that the environment asks for, as curl reads it: `https_proxy`, then `HTTPS_PROXY`, then `ALL_PROXY`; an
 * empty one means none.
 */
export function proxyFromEnvironment(env: Readonly<Record<string, string | undefined>>): ProxySettings {
  const first = (...names: readonly string[]): string | undefined =>
    names.map((name) => env[name]).find((value) => value !== undefined);
  const https = first('https_proxy', 'HTTPS_PROXY', 'all_proxy', 'ALL_PROXY')?.trim();
  const noProxy = first('no_proxy', 'NO_PROXY')?.trim();
  return {
    ...(https === undefined || https === '' ? {} : { https }),
    ...(noProxy === undefined || noProxy === '' ? {} : { noProxy }),
  };
}

/** The proxy that leads to an endpoint, or undefined where it is reached directly. Throws `CONFIG` for one that is none. */
export function proxyFor(endpoint: string, settings: ProxySettings = {}): HttpProxy | undefined {
  if (settings.https === undefined || settings.https === '') return undefined;
  return isExempt(endpoint, settings.noProxy ?? '') ? undefined : parseProxy(settings.https);
}

function parseProxy(text: string): HttpProxy {
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(text)?.[1]?.toLowerCase();
  const address = scheme === undefined ? `http://${text}` : text;
  if (scheme !== undefined && scheme !== 'http' && scheme !== 'https') {
    throw new PvevmError('CONFIG', `cannot use a proxy with ${scheme}:`, {
      hints: ['Give HTTPS_PROXY as http://HOST:PORT or https://HOST:PORT, or name the endpoint in NO_PROXY.'],
    });
  }
  if (!URL.canParse(address)) {
    // Not repeated: it may hold a password.
    throw new PvevmError('CONFIG', 'cannot read the address of the proxy', {
      hints: ['Give HTTPS_PROXY as http://HOST:PORT; percent-encode what is special in its user and password.'],
    });
  }
  const { protocol, hostname, port, username, password } = new URL(address);
  const secure = protocol === 'https:';
  const credentials = `${decode(username)}:${decode(password)}`;
  const host = hostname.replace(/^\[|\]$/g, '');
  // curl's own choice for a proxy without a port; a URL drops the `:80` that is written.
  const implied = secure ? 443 : /:80\/*$/.test(address) ? 80 : 1080;
  const number = port === '' ? implied : Number(port);
  return {
    secure,
    host,
    port: number,
    ...(username === '' ? {} : { authorization: `Basic ${Buffer.from(credentials).toString('base64')}` }),
    shown: `${protocol}//${hostname}:${number}`,
  };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

// curl: lib/noproxy.c, and the ports that Node's tools take. Loopback is not exempt unless listed.
function isExempt(endpoint: string, noProxy: string): boolean {
  if (noProxy === '*') return true;
  const { host, port } = hostAndPort(endpoint);
  const name = host.toLowerCase().replace(/\.$/, '');
  return noProxy
    .toLowerCase()
    .split(/[\s,]+/)
    .some((entry) => entry !== '' && matches(entry, name, port));
}

function matches(entry: string, host: string, port: number): boolean {
  const [, name = '', wantedPort] = /^(\[[^\]]*\]|[^:]*)(?::(\d+))?$/.exec(entry) ?? [undefined, entry];
  if (wantedPort !== undefined && Number(wantedPort) !== port) return false;
  const bare = name
    .replace(/^\[|\]$/g, '')
    .replace(/^\*?\./, '')
    .replace(/\.$/, '');
  if (isIP(host) !== 0) return includesAddress(bare, host);
  return bare !== '' && (host === bare || host.endsWith(`.${bare}`));
}

function includesAddress(entry: string, address: string): boolean {
  const [network = '', prefix] = entry.split('/');
  const type = isIPv6(address) ? 'ipv6' : 'ipv4';
  if (isIP(network) !== (type === 'ipv6' ? 6 : 4)) return false;
  const bits = type === 'ipv6' ? 128 : 32;
  const length = prefix === undefined ? bits : Number(prefix);
  if (!Number.isInteger(length) || length < 0 || length > bits) return false;
  const list = new BlockList();
  list.addSubnet(network, length, type);
  return list.check(address, type);
}
