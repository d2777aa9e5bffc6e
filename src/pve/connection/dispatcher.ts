import type { Agent, buildConnector, Dispatcher as Sender } from 'undici';
import { doAfter } from '../clock.ts';
import { openConnection } from './connection.ts';
import { normalizeFingerprint } from './fingerprint.ts';
import { type ProxySettings, proxyFor } from './proxy.ts';
import type { Trust } from './trust.ts';

/** One request, as it goes over the wire. */
export interface Exchange {
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  /** How long it may take from when it is sent, in milliseconds. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
}

/** The answer, whole. */
export interface Answer {
  readonly status: number;
  /** What stands behind the status, in which Proxmox VE says what is wrong. */
  readonly reason: string;
  /** The value of a header, by its name in lower case. */
  header(name: string): string | undefined;
  readonly body: string;
}

/** The connections to servers, and how to close them: at once, whatever is on its way. */
export interface Dispatcher {
  /**
   * Sends a request and reads the whole answer; follows no redirect. Rejects with the connection's error, the signal's
   * reason, or a `TimeoutError`.
   */
  exchange(url: string, exchange: Exchange): Promise<Answer>;
  /** The same connections, for a `fetch` that stands in. */
  readonly forFetch: NonNullable<RequestInit['dispatcher']>;
  close(): Promise<void>;
}

/** How the connections are made. */
export interface DispatcherOptions {
  readonly trust?: Trust;
  readonly proxy?: ProxySettings;
  /** How long it may take until a server is verified, in milliseconds; 10 s unless given. */
  readonly connectTimeoutMs?: number;
}

// pveproxy has three workers by default; more connections than this only wait there instead of here.
const CONNECTIONS = 32;
// pveproxy closes an idle connection after 5 s; a write must not be sent over one that is just being closed.
const KEEP_ALIVE_MS = 3000;
const CONNECT_TIMEOUT_MS = 10_000;

/** The connections to the servers, kept open between requests. Throws `CONFIG` for a fingerprint that is none. */
export async function createDispatcher(options: DispatcherOptions = {}): Promise<Dispatcher> {
  // A deep import: the package root also loads fetch, WebSocket and cache, and replaces the global dispatcher.
  // @ts-expect-error undici ships no types for its deep paths
  const module = (await import('undici/lib/dispatcher/agent.js')) as { readonly default: typeof Agent };
  const agent = new module.default({
    connect: connectorOf(options),
    connections: CONNECTIONS,
    keepAliveTimeout: KEEP_ALIVE_MS,
    keepAliveMaxTimeout: KEEP_ALIVE_MS,
  });
  // undici 7's types and the undici-types 6 inside @types/node 20 disagree; the objects do not.
  return {
    exchange: (url, exchange) => send(agent, new URL(url), exchange),
    forFetch: agent as unknown as Dispatcher['forFetch'],
    close: () => agent.destroy(),
  };
}

function textOf(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value[0] : value;
}

/** What `AbortSignal.timeout` gives as its reason. */
function timedOut(): DOMException {
  return new DOMException('The operation was aborted due to timeout', 'TimeoutError');
}

/** `fetch` does as much, and takes three times as long for it: a plan of a thousand guests sends a thousand of these. */
function send(agent: Agent, { origin, pathname, search }: URL, exchange: Exchange): Promise<Answer> {
  const { signal, body = null, headers, timeoutMs } = exchange;
  const method = exchange.method as Sender.HttpMethod;
  return new Promise((resolve, reject) => {
    let begun: Sender.DispatchController | undefined;
    let start: Omit<Answer, 'body'> | undefined;
    let stopped: Error | undefined;
    const chunks: Buffer[] = [];
    const release = (): void => {
      cancel();
      signal?.removeEventListener('abort', interrupt);
    };
    const stop = (reason: Error): void => {
      release();
      stopped = reason;
      begun?.abort(reason);
      reject(reason);
    };
    const interrupt = (): void => stop(signal?.reason);
    // A signal of its own for each request would cost a plan of a thousand guests some 15 ms.
    const cancel = doAfter(timeoutMs, () => stop(timedOut()));
    if (signal?.aborted === true) return interrupt();
    signal?.addEventListener('abort', interrupt, { once: true });
    try {
      agent.dispatch(
        { origin, path: `${pathname}${search}`, method, headers, body },
        {
          onRequestStart: (controller) => {
            begun = controller;
            // It was waiting for a connection, and goes nowhere now.
            if (stopped !== undefined) controller.abort(stopped);
          },
          onResponseStart: (_controller, status, received, reason = '') => {
            // What comes before the answer proper (RFC 9110, 15.2) is none.
            if (status >= 200) start = { status, reason, header: (name) => textOf(received[name]) };
          },
          onResponseData: (_controller, chunk) => {
            chunks.push(chunk);
          },
          onResponseEnd: () => {
            release();
            if (start !== undefined) resolve({ ...start, body: Buffer.concat(chunks).toString('utf8') });
          },
          onResponseError: (_controller, error) => {
            release();
            reject(error);
          },
        },
      );
    } catch (error) {
      // undici throws at once what it would not send, as a header that is none.
      stop(error as Error);
    }
  });
}

/**
 * A connector of our own: undici's cannot compare a pinned fingerprint, neither directly nor through a proxy's tunnel.
 */
function connectorOf({ trust = {}, proxy: settings, connectTimeoutMs }: DispatcherOptions): buildConnector.connector {
  const fingerprints = trust.fingerprints?.map(normalizeFingerprint);
  const verified: Trust = fingerprints === undefined ? trust : { ...trust, fingerprints };
  const sessions = new Map<string, Buffer>();
  return ({ hostname: host, port, host: authority = host }, callback) => {
    const open = async (): ReturnType<typeof openConnection> => {
      const proxy = proxyFor(`https://${authority}`, settings);
      const session = sessions.get(authority);
      const socket = await openConnection({
        host,
        port: Number(port === '' ? 443 : port),
        trust: verified,
        timeoutMs: connectTimeoutMs ?? CONNECT_TIMEOUT_MS,
        ...(proxy === undefined ? {} : { proxy }),
        ...(session === undefined ? {} : { session }),
      });
      // With a pinned fingerprint each connection is a full handshake, in which the server proves that it has the key.
      if (fingerprints === undefined) socket.on('session', (fresh) => sessions.set(authority, fresh));
      return socket;
    };
    open().then(
      (socket) => callback(null, socket),
      (error: Error) => callback(error, null),
    );
  };
}
