import type { Clock } from '../../core/clock.ts';
import { isObject } from '../../core/json.ts';
import type { SentRequest } from '../client.ts';
import { type Attempt, attemptFailed, errorOfAnswer, parseJson } from '../errors.ts';
import { readCertificate } from './certificate.ts';
import { type Answer, createDispatcher, type Dispatcher, type Exchange } from './dispatcher.ts';
import { classifyFailure, errorOfFailure } from './network-error.ts';
import type { ProxySettings } from './proxy.ts';
import { createSlots } from './slots.ts';
import type { Trust } from './trust.ts';
import { createTurns } from './turns.ts';

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
  /** In place of connections of its own; then `trust` and `proxy` are up to it. */
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
  const turns = createTurns();
  let dispatcher: Promise<Dispatcher> | undefined;
  let answeredAt: number | undefined;
  let isClosed = false;

  const sendOnce = async (endpoint: string, outgoing: Outgoing): Promise<Answer> => {
    const { method, body, signal } = outgoing;
    const timeoutMs = outgoing.timeoutMs ?? options.timeoutMs ?? REQUEST_TIMEOUT_MS;
    const headers = {
      ...outgoing.headers,
      Accept: 'application/json',
      'User-Agent': options.userAgent ?? 'pvevm',
      ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
    };
    const given = { ...(body === undefined ? {} : { body }), ...(signal === undefined ? {} : { signal }) };
    const exchange = { method, headers, timeoutMs, ...given };
    const url = `${endpoint}/api2/json${outgoing.path}${outgoing.query}`;
    if (options.fetch !== undefined) return await fetched(options.fetch, url, exchange);
    dispatcher ??= createDispatcher(options);
    return await (await dispatcher).exchange(url, exchange);
  };

  const sendNow = async (endpoint: string, outgoing: Outgoing): Promise<unknown> => {
    const attempt: Attempt = { ...outgoing, endpoint };
    const start = clock.now();
    let status = 0;
    if (isClosed) throw closed(attempt);
    try {
      const answer = await sendOnce(endpoint, outgoing);
      const { body, reason } = answer;
      status = answer.status;
      const date = Date.parse(answer.header('date') ?? '');
      if (!Number.isNaN(date)) answeredAt = date;
      if (status === 200) return dataOf(attempt, body);
      const location = answer.header('location');
      // Proxmox VE never redirects; another server must not be handed the token.
      throw status >= 300 && status < 400 && location !== undefined
        ? redirected(attempt, status, location)
        : errorOfAnswer(attempt, { status, reason, body });
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
        // The read that takes this one's place goes out before anybody computes with the answer.
        if (options.fetch === undefined) await turns.next();
      }
    },
    answeredAt: () => answeredAt,
    close: async () => {
      isClosed = true;
      if (dispatcher !== undefined) await (await dispatcher).close();
    },
  };
}

/** A request by a `fetch` that stands in for our own connections. */
async function fetched(send: typeof fetch, url: string, { timeoutMs, signal, ...rest }: Exchange): Promise<Answer> {
  const timeout = AbortSignal.timeout(timeoutMs);
  const either = signal === undefined ? timeout : AbortSignal.any([timeout, signal]);
  const response = await send(url, { ...rest, signal: either, redirect: 'manual' });
  const { status, statusText: reason, headers } = response;
  return { status, reason, header: (name) => headers.get(name) ?? undefined, body: await response.text() };
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
