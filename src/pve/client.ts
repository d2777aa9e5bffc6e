import type { Clock } from '../core/clock.ts';
import { PvevmError } from '../core/error.ts';
import { isObject } from '../core/json.ts';
import { systemClock } from './clock.ts';
import type { Credentials } from './credentials.ts';
import { createDispatcher, type Dispatcher } from './dispatcher.ts';
import { parseEndpoint } from './endpoint.ts';
import { type Attempt, attemptFailed, errorOfAnswer, parseJson } from './errors.ts';
import { normalizeFingerprint, readFingerprint } from './fingerprint.ts';
import { classifyFailure, errorOfFailure } from './network-error.ts';
import type { Params, PveClient, WriteOptions } from './reader.ts';
import { bodyOf, fillPath, type Method, queryOf } from './request.ts';
import { retryRead } from './retry.ts';
import type { Trust } from './trust.ts';

/** How to reach a Proxmox VE, and as whom. */
export interface PveClientOptions {
  /** As `parseEndpoint` takes it: `https://pve1:8006`, or `pve1`. */
  readonly endpoint: string;
  readonly credentials: Credentials;
  readonly trust?: Trust;
  readonly clock?: Clock;
  /** How long one request may take, in milliseconds; 30 s unless given. */
  readonly timeoutMs?: number;
  readonly userAgent?: string;
  /** In place of `globalThis.fetch`; then `trust` is up to it. */
  readonly fetch?: typeof fetch;
  /** Called after each request that was sent, retries included. */
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

// pve-access-control: PVE/AccessControl.pm; user names have no blank, colon or slash, a secret is a UUID.
const TOKEN = /^[^\s:/=]+@[A-Za-z][\w.-]*![A-Za-z][\w.-]*=([0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})$/;
const SECRET_PARAMETER = /password|secret|keyring|private|token-value/i;

interface Sending {
  readonly method: Method;
  readonly path: string;
  readonly query: string;
  readonly body?: string;
  readonly secrets: readonly string[];
  readonly signal?: AbortSignal;
}

/**
 * A client of the Proxmox VE API that authenticates with an API token. Nothing is sent until the first request. Reads
 * are tried again where that can help, writes never. Throws `CONFIG` for an endpoint, token or fingerprint that is none.
 */
export function createPveClient(options: PveClientOptions): PveClient {
  const endpoint = parseEndpoint(options.endpoint);
  const token = options.credentials.type === 'token' ? options.credentials.token.trim() : '';
  const secret = TOKEN.exec(token)?.[1];
  if (secret === undefined) {
    throw new PvevmError('CONFIG', 'cannot use the API token: it is not of the form user@realm!name=uuid', {
      hints: ['Create one in Datacenter > Permissions > API Tokens; its secret is shown once.'],
    });
  }
  for (const fingerprint of options.trust?.fingerprints ?? []) normalizeFingerprint(fingerprint);
  const clock = options.clock ?? systemClock;
  const headers = {
    Authorization: `PVEAPIToken=${token}`,
    Accept: 'application/json',
    'User-Agent': options.userAgent ?? 'pvevm',
  };
  let dispatcher: Promise<Dispatcher> | undefined;

  const fetchOnce = async (sending: Sending, signal: AbortSignal): Promise<Response> => {
    // Looked up at call time, so that tests can stand in for it.
    const send = options.fetch ?? globalThis.fetch;
    const init: RequestInit = {
      method: sending.method,
      headers: sending.body === undefined ? headers : { ...headers, 'Content-Type': 'application/json' },
      // Proxmox VE never redirects; another server must not be handed the token.
      redirect: 'manual',
      signal,
      ...(sending.body === undefined ? {} : { body: sending.body }),
    };
    if (options.fetch === undefined) {
      dispatcher ??= createDispatcher(options.trust ?? {});
      init.dispatcher = (await dispatcher).forFetch;
    }
    return send(`${endpoint}/api2/json${sending.path}${sending.query}`, init);
  };

  const send = async (sending: Sending): Promise<unknown> => {
    const attempt: Attempt = { method: sending.method, path: sending.path, endpoint, secrets: sending.secrets };
    const timeout = AbortSignal.timeout(options.timeoutMs ?? 30_000);
    const signal = sending.signal === undefined ? timeout : AbortSignal.any([timeout, sending.signal]);
    const start = clock.now();
    let status = 0;
    try {
      const response = await fetchOnce(sending, signal);
      status = response.status;
      const body = await response.text();
      if (status !== 200) throw errorOfAnswer(attempt, { status, reason: response.statusText, body });
      return dataOf(attempt, body);
    } catch (error) {
      const failure = classifyFailure(error, sending.signal);
      const fingerprint = failure.type === 'certificate' ? await readFingerprint(endpoint) : undefined;
      throw errorOfFailure(attempt, failure, error, fingerprint);
    } finally {
      options.onRequest?.({ method: sending.method, path: sending.path, status, durationMs: clock.now() - start });
    }
  };

  const write = (method: Method, path: string, { path: values, params, signal }: WriteOptions = {}): Promise<unknown> =>
    send({
      method,
      path: fillPath(path, values),
      // A body on a DELETE is refused (501).
      query: method === 'DELETE' ? queryOf(params) : '',
      ...(method === 'DELETE' ? {} : { body: bodyOf(params) }),
      secrets: [secret, ...secretsIn(params)],
      ...(signal === undefined ? {} : { signal }),
    });

  return {
    endpoint,
    user: token.replace(/=.*$/, ''),
    get: async (path, { path: values, query, signal } = {}) => {
      const sending: Sending = {
        method: 'GET',
        path: fillPath(path, values),
        query: queryOf(query),
        secrets: [secret],
        ...(signal === undefined ? {} : { signal }),
      };
      return retryRead(() => send(sending), clock, signal);
    },
    post: async (path, writeOptions) => write('POST', path, writeOptions),
    put: async (path, writeOptions) => write('PUT', path, writeOptions),
    delete: async (path, writeOptions) => write('DELETE', path, writeOptions),
    close: async () => {
      const open = dispatcher;
      dispatcher = undefined;
      if (open !== undefined) await (await open).close();
    },
  };
}

function dataOf(attempt: Attempt, body: string): unknown {
  const content = parseJson(body);
  if (isObject(content) && 'data' in content) return content['data'];
  throw attemptFailed('PVE_ERROR', attempt, `${new URL(attempt.endpoint).host} did not answer as Proxmox VE does`, {
    status: 200,
    hints: ['Check that the endpoint is a Proxmox VE, and not another service on that host.'],
  });
}

function secretsIn(params: Params = {}): readonly string[] {
  return Object.entries(params).flatMap(([key, value]) =>
    SECRET_PARAMETER.test(key) && typeof value === 'string' ? [value] : [],
  );
}
