import type { Clock } from '../core/clock.ts';
import { PvevmError } from '../core/error.ts';
import type { Credentials } from './authentication/credentials.ts';
import { createSession } from './authentication/session.ts';
import { systemClock } from './clock.ts';
import { normalizeFingerprint } from './connection/fingerprint.ts';
import { type ProxySettings, proxyFor } from './connection/proxy.ts';
import { createTransport, type Outgoing, REQUEST_TIMEOUT_MS } from './connection/transport.ts';
import type { Trust } from './connection/trust.ts';
import { parseEndpoint } from './endpoints/endpoint.ts';
import { createEndpoints } from './endpoints/endpoints.ts';
import type { Params, PveClient, WriteOptions } from './reader.ts';
import { bodyOf, fillPath, type Method, queryOf } from './request.ts';

/** How to reach a Proxmox VE, and as whom. */
export interface PveClientOptions {
  /** As `parseEndpoint` takes it: `https://pve1:8006`, or `pve1`. Several are nodes of one cluster, tried in order. */
  readonly endpoint: string | readonly string[];
  readonly credentials: Credentials;
  readonly trust?: Trust;
  /** None unless given; `proxyFromEnvironment` reads what the environment says. */
  readonly proxy?: ProxySettings;
  readonly clock?: Clock;
  /** How long one request may take, in milliseconds; 30 s unless given. */
  readonly timeoutMs?: number;
  /** How long it may take to connect, in milliseconds; 10 s unless given, and 5 s with several endpoints. */
  readonly connectTimeoutMs?: number;
  readonly userAgent?: string;
  /** In place of connections of its own; then `trust` and `proxy` are up to it. */
  readonly fetch?: typeof fetch;
  /** Called after each request that was sent, logins and retries included. */
  readonly onRequest?: (info: SentRequest) => void;
}

/** What became of one request. */
export interface SentRequest {
  readonly method: Method;
  /** The path below `/api2/json`, without a query. */
  readonly path: string;
  /** The HTTP status; 0 where no answer came. */
  readonly status: number;
  readonly durationMs: number;
}

const SECRET_PARAMETER = /password|secret|keyring|private|token-value/i;
const CONNECT_TIMEOUT_OF_SEVERAL_MS = 5000;
// Proxmox VE holds a refused login back for 3 s; giving up earlier would turn a wrong password into a time-out.
const SHORTEST_LOGIN_TIMEOUT_MS = 10_000;

/**
 * A client of the Proxmox VE API. Nothing is sent until the first request, before which a user with a password is logged
 * in. Reads are tried again where that can help, writes never, except elsewhere where they certainly were not sent, and
 * after a login that had run out (401). Throws `CONFIG` for an endpoint, proxy, credentials or fingerprint that is none.
 */
export function createPveClient(options: PveClientOptions): PveClient {
  const { credentials, clock = systemClock } = options;
  const addresses = addressesOf(options.endpoint);
  for (const fingerprint of options.trust?.fingerprints ?? []) normalizeFingerprint(fingerprint);
  for (const address of addresses) proxyFor(address, options.proxy);
  const several = addresses.length > 1 ? { connectTimeoutMs: CONNECT_TIMEOUT_OF_SEVERAL_MS } : {};
  const transport = createTransport({ ...several, ...options, clock });
  const endpoints = createEndpoints(addresses, transport, clock);
  const timeoutMs = Math.max(options.timeoutMs ?? REQUEST_TIMEOUT_MS, SHORTEST_LOGIN_TIMEOUT_MS);
  const session = createSession(credentials, endpoints.sendUnsigned, { clock, timeoutMs });

  const send = async (outgoing: Outgoing): Promise<unknown> => {
    const { method, signal } = outgoing;
    const grant = await session.grant(signal);
    const signedWith = ({ login, secrets, headers }: typeof grant): Outgoing => ({
      ...outgoing,
      login,
      secrets: [...secrets, ...outgoing.secrets],
      headers: headers(method),
    });
    try {
      return await endpoints.send(signedWith(grant));
    } catch (error) {
      // A 401 is given before anything is done (pve-http-server: PVE/APIServer/AnyEvent.pm), so a write may follow too.
      if (!(error instanceof PvevmError) || error.status !== 401) throw error;
      const fresh = await session.renew(grant, signal);
      if (fresh === undefined) throw error;
      return endpoints.send(signedWith(fresh));
    }
  };

  const write = (method: Method, path: string, { path: values, params, signal }: WriteOptions = {}): Promise<unknown> =>
    send({
      method,
      path: fillPath(path, values),
      // A body on a DELETE is refused (501).
      query: method === 'DELETE' ? queryOf(params) : '',
      ...(method === 'DELETE' ? {} : { body: bodyOf(params) }),
      headers: {},
      secrets: secretsIn(params),
      ...(signal === undefined ? {} : { signal }),
    });

  return {
    get endpoint() {
      return endpoints.current;
    },
    user: session.user,
    get: async (path, { path: values, query, signal } = {}) =>
      send({
        method: 'GET',
        path: fillPath(path, values),
        query: queryOf(query),
        headers: {},
        secrets: [],
        ...(signal === undefined ? {} : { signal }),
      }),
    post: async (path, writeOptions) => write('POST', path, writeOptions),
    put: async (path, writeOptions) => write('PUT', path, writeOptions),
    delete: async (path, writeOptions) => write('DELETE', path, writeOptions),
    answeredAt: transport.answeredAt,
    close: () => transport.close(),
  };
}

function addressesOf(endpoint: string | readonly string[]): readonly [string, ...string[]] {
  const [first, ...others] = new Set((typeof endpoint === 'string' ? [endpoint] : endpoint).map(parseEndpoint));
  if (first !== undefined) return [first, ...others];
  throw new PvevmError('CONFIG', 'cannot connect: no endpoint is given', {
    hints: ['Give the endpoint as https://HOST:8006.'],
  });
}

function secretsIn(params: Params = {}): readonly string[] {
  return Object.entries(params).flatMap(([key, value]) =>
    SECRET_PARAMETER.test(key) && typeof value === 'string' ? [value] : [],
  );
}
