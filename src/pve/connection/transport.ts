import type { Clock } from '../../core/clock.ts';
import { isObject } from '../../core/json.ts';
import type { SentRequest } from '../client.ts';
import { type Attempt, attemptFailed, errorOfAnswer, parseJson } from '../errors.ts';
import { readCertificate } from './certificate.ts';
import { createDispatcher, type Dispatcher } from './dispatcher.ts';
import { classifyFailure, errorOfFailure } from './network-error.ts';
import type { ProxySettings } from './proxy.ts';
import { createSlots } from './slots.ts';
import type { Trust } from './trust.ts';

/** How requests travel, whoever sends them and to whichever endpoint. */
export interface TransportOptions {
  readonly trust?: Trust;
  readonly proxy?: ProxySettings;
  readonly clock: Clock;
  /** How long one request may take, in milliseconds; 30 s unless given. */
  readonly timeoutMs?: number;
  /** How long it may take until a server is verified, in milliseconds. */
  readonly connectTimeoutMs?: number;
  readonly userAgent?: string;
  /** In place of `globalThis.fetch`; then `trust` and `proxy` are up to it. */
  readonly fetch?: typeof fetch;
  /** Called after each request that was sent, logins and retries included. */
  readonly onRequest?: (info: SentRequest) => void;
}

/** One request, ready to be sent. */
export interface Outgoing extends Omit<Attempt, 'endpoint'> {
  /** With its `?`, or empty. */
  readonly query: string;
  readonly body?: string;
  /** What says who sends it. */
  readonly headers: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
  /** In place of the transport's own limit. */
  readonly timeoutMs?: number;
}

/** Sends requests, each once. */
export interface Transport {
  /** Sends a request to an endpoint, and gives the `data` of the answer; throws `PvevmError`. */
  send(endpoint: string, outgoing: Outgoing): Promise<unknown>;
  /** The `Date` of the last answer, in milliseconds since the epoch; undefined before the first one that has it. */
  answeredAt(): number | undefined;
  /** Closes the connections at once: reads that are on their way, and all that is to be sent later, fail with `INTERRUPTED`. */
  close(): Promise<void>;
}

/** How long one request may take, in milliseconds, unless something else is said. */
export const REQUEST_TIMEOUT_MS = 30_000;

// Far more than the three workers of pveproxy answer at a time; what waits here takes neither memory nor its own time-out.
const READS_IN_FLIGHT = 16;

/** Makes a transport; nothing is connected until the first request. Reads are on their way 16 at a time, in order. */
export function createTransport(options: TransportOptions): Transport {
  const { clock } = options;
  const reads = createSlots(READS_IN_FLIGHT);
  let dispatcher: Promise<Dispatcher> | undefined;
  let answeredAt: number | undefined;
  let isClosed = false;

  const fetchOnce = async (endpoint: string, outgoing: Outgoing, signal: AbortSignal): Promise<Response> => {
    // Looked up at call time, so that tests can stand in for it.
    const send = options.fetch ?? globalThis.fetch;
    const init: RequestInit = {
      method: outgoing.method,
      headers: {
        ...outgoing.headers,
        Accept: 'application/json',
        'User-Agent': options.userAgent ?? 'pvevm',
        ...(outgoing.body === undefined ? {} : { 'Content-Type': 'application/json' }),
      },
      // Proxmox VE never redirects; another server must not be handed the token.
      redirect: 'manual',
      signal,
      ...(outgoing.body === undefined ? {} : { body: outgoing.body }),
    };
    if (options.fetch === undefined) {
      dispatcher ??= createDispatcher(options);
      init.dispatcher = (await dispatcher).forFetch;
    }
    return send(`${endpoint}/api2/json${outgoing.path}${outgoing.query}`, init);
  };

  const sendNow = async (endpoint: string, outgoing: Outgoing): Promise<unknown> => {
    const attempt: Attempt = { ...outgoing, endpoint };
    const timeout = AbortSignal.timeout(outgoing.timeoutMs ?? options.timeoutMs ?? REQUEST_TIMEOUT_MS);
    const signal = outgoing.signal === undefined ? timeout : AbortSignal.any([timeout, outgoing.signal]);
    const start = clock.now();
    let status = 0;
    if (isClosed) throw closed(attempt);
    try {
      const response = await fetchOnce(endpoint, outgoing, signal);
      status = response.status;
      const date = Date.parse(response.headers.get('date') ?? '');
      if (!Number.isNaN(date)) answeredAt = date;
      const body = await response.text();
      if (status === 200) return dataOf(attempt, body);
      const location = response.headers.get('location');
      throw status >= 300 && status < 400 && location !== null
        ? redirected(attempt, status, location)
        : errorOfAnswer(attempt, { status, reason: response.statusText, body });
    } catch (error) {
      // What became of a write that was on its way is not known.
      if (isClosed && outgoing.method === 'GET') throw closed(attempt);
      const failure = classifyFailure(error, outgoing.signal);
      const certificate =
        failure.type === 'certificate' && options.fetch === undefined
          ? await readCertificate(endpoint, options.proxy === undefined ? {} : { proxy: options.proxy })
          : undefined;
      throw errorOfFailure(attempt, failure, error, certificate);
    } finally {
      const durationMs = clock.now() - start;
      options.onRequest?.({ method: outgoing.method, path: outgoing.path, status, durationMs });
    }
  };

  return {
    send: async (endpoint, outgoing) => {
      // A write waits for nothing: it goes out when its step says so.
      if (outgoing.method !== 'GET') return await sendNow(endpoint, outgoing);
      const release = await reads.take(outgoing.signal);
      try {
        return await sendNow(endpoint, outgoing);
      } finally {
        release();
      }
    },
    answeredAt: () => answeredAt,
    close: async () => {
      isClosed = true;
      if (dispatcher !== undefined) await (await dispatcher).close();
    },
  };
}

function closed(attempt: Attempt): Error {
  return attemptFailed('INTERRUPTED', attempt, 'the connection is closed');
}

function redirected(attempt: Attempt, status: number, location: string): Error {
  const { host } = new URL(attempt.endpoint);
  return attemptFailed('PVE_ERROR', attempt, `${host} redirects to ${location}, which is not followed`, {
    status,
    hints: ['Proxmox VE never redirects: give the address of its API itself as the endpoint, with its path.'],
  });
}

function dataOf(attempt: Attempt, body: string): unknown {
  const content = parseJson(body);
  if (isObject(content) && 'data' in content) return content['data'];
  throw attemptFailed('PVE_ERROR', attempt, `${new URL(attempt.endpoint).host} did not answer as Proxmox VE does`, {
    status: 200,
    hints: ['Check that the endpoint is a Proxmox VE, and not another service on that host.'],
  });
}
