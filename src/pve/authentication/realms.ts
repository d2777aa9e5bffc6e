import type { Clock } from '../../core/clock.ts';
import { systemClock } from '../clock.ts';
import type { ProxySettings } from '../connection/proxy.ts';
import { createTransport, type Outgoing } from '../connection/transport.ts';
import type { Trust } from '../connection/trust.ts';
import { rowsOf } from '../decode.ts';
import { parseEndpoint } from '../endpoints/endpoint.ts';

/** A place where a Proxmox VE looks for users and passwords. */
export interface Realm {
  readonly realm: string;
  /** As in `pam`, `pve`, `ldap`, `ad`, `openid`. */
  readonly type: string;
  readonly comment?: string;
  /** Whether the web interface offers it first. */
  readonly default: boolean;
  /** A second factor that the realm itself asks for: `oath` or `yubico`. */
  readonly tfa?: string;
}

/** How to reach a server whose realms are asked for. */
export interface RealmOptions {
  readonly trust?: Trust;
  readonly proxy?: ProxySettings;
  readonly clock?: Clock;
  /** In place of connections of its own. */
  readonly fetch?: typeof fetch;
}

/** Asks a server for its realms; needs no login. */
export const REALMS_REQUEST: Outgoing = {
  method: 'GET',
  path: '/access/domains',
  query: '',
  headers: {},
  secrets: [],
  login: 'none',
};

/**
 * The realms of a server, for a user to choose from; needs no login (pve-access-control: PVE/API2/Domains.pm). Throws
 * as a client does.
 */
export async function listRealms(endpoint: string, options: RealmOptions = {}): Promise<readonly Realm[]> {
  const transport = createTransport({ ...options, clock: options.clock ?? systemClock });
  const at = parseEndpoint(endpoint);
  try {
    return decodeRealms(await transport.send(at, REALMS_REQUEST));
  } finally {
    await transport.close();
  }
}

/** The answer of `/access/domains`; throws `PVE_ERROR` for one of another shape. */
export function decodeRealms(data: unknown): readonly Realm[] {
  return rowsOf(REALMS_REQUEST.path, data).map((row) => {
    const comment = row.optionalText('comment');
    const tfa = row.optionalText('tfa');
    return {
      realm: row.text('realm'),
      type: row.text('type'),
      default: row.flag('default'),
      ...(comment === undefined ? {} : { comment }),
      ...(tfa === undefined ? {} : { tfa }),
    };
  });
}

/** A user with its realm: `root` is `root@pam`. Proxmox VE itself takes no user without one at login. */
export function normalizeUsername(username: string): string {
  const trimmed = username.trim();
  return trimmed === '' || trimmed.includes('@') ? trimmed : `${trimmed}@pam`;
}
