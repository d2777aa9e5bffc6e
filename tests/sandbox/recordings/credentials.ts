import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isObject } from '../../../src/core/json.ts';
import type { Exchange } from './exchange.ts';

const NO_SECRET = '00000000-0000-0000-0000-000000000000';

/** The tickets and tokens with which a recording is replayed. */
export interface Credentials {
  /** The headers that say who sends an exchange. */
  headersOf(exchange: Pick<Exchange, 'path' | 'auth' | 'note'>): Readonly<Record<string, string>>;
  /** A recorded ticket that stands in for a password becomes the sandbox's own. */
  passwordOf(recorded: string): string;
  /** Takes note of the ticket of an answer to a login. */
  learn(exchange: Exchange, body: unknown): void;
}

/** Credentials over the folder of a sandbox, in whose `priv/token.cfg` the secrets of tokens stand. */
export function createCredentials(directory: string): Credentials {
  let ticket: { readonly cookie: string; readonly csrf: string } | undefined;
  let ticketOfRoot: string | undefined;
  const secretOf = (id: string): string => {
    const lines = readFileSync(join(directory, 'priv/token.cfg'), 'utf8').split('\n');
    return lines.map((line) => line.split(' ')).find(([name]) => name === id)?.[1] ?? NO_SECRET;
  };
  const tokenHeader = (id: string, secret: string) => ({ authorization: `PVEAPIToken=${id}=${secret}` });
  const ticketHeaders = (withCsrf: boolean): Record<string, string> => ({
    cookie: `PVEAuthCookie=${encodeURIComponent(ticket?.cookie ?? 'none')}`,
    ...(withCsrf ? { csrfpreventiontoken: ticket?.csrf ?? 'none' } : {}),
  });
  return {
    headersOf({ path, auth, note = '' }) {
      if (auth === 'garbage') return { authorization: 'PVEAPIToken=garbage' };
      if (typeof auth === 'string') return tokenHeader(auth, note === 'wrong secret' ? NO_SECRET : secretOf(auth));
      if (auth === undefined) return tokenHeader('root@pam!test', secretOf('root@pam!test'));
      if (note === 'no auth' || path.endsWith('/access/ticket')) return {};
      if (note === 'bad ticket') return { cookie: 'PVEAuthCookie=PVE%3Aroot%40pam%3A00000000%3A%3Anone' };
      return ticketHeaders(note !== 'ticket without CSRF token');
    },
    passwordOf: (recorded) => (recorded.startsWith('PVE:') ? (ticketOfRoot ?? recorded) : recorded),
    learn({ path, params }, body) {
      const data = path.endsWith('/access/ticket') && isObject(body) ? body['data'] : undefined;
      if (!isObject(data) || typeof data['ticket'] !== 'string') return;
      // The recorder went on as root after it had tried other users.
      if (!(params ?? []).some(([name, value]) => name === 'username' && String(value).startsWith('root'))) return;
      ticketOfRoot = data['ticket'];
      ticket = { cookie: data['ticket'], csrf: String(data['CSRFPreventionToken']) };
    },
  };
}
