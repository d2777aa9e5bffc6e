import type { TLSSocket } from 'node:tls';
import type { Agent, buildConnector } from 'undici';
import { PvevmError } from '../core/error.ts';
import { normalizeFingerprint } from './fingerprint.ts';
import type { Trust } from './trust.ts';

/** What `fetch` sends its requests through, and how to close it. */
export interface Dispatcher {
  readonly forFetch: NonNullable<RequestInit['dispatcher']>;
  close(): Promise<void>;
}

// pveproxy has three workers by default; more connections than this only wait there instead of here.
const CONNECTIONS = 32;
// pveproxy closes an idle connection after 5 s; a write must not be sent over one that is just being closed.
const KEEP_ALIVE_MS = 3000;

/** The connections to a server, kept open between requests. Throws `CONFIG` for a fingerprint that is none. */
export async function createDispatcher(trust: Trust): Promise<Dispatcher> {
  // A deep import: the package root also loads fetch, WebSocket and cache, and replaces the global dispatcher.
  // @ts-expect-error undici ships no types for its deep paths
  const module = (await import('undici/lib/dispatcher/agent.js')) as { readonly default: typeof Agent };
  const agent = new module.default({
    connect: await connectorFor(trust),
    connections: CONNECTIONS,
    keepAliveTimeout: KEEP_ALIVE_MS,
    keepAliveMaxTimeout: KEEP_ALIVE_MS,
  });
  // undici 7's types and the undici-types 6 inside @types/node 20 disagree; the objects do not.
  return { forFetch: agent as unknown as Dispatcher['forFetch'], close: () => agent.close() };
}

async function connectorFor(trust: Trust): Promise<buildConnector.connector | buildConnector.BuildOptions> {
  if (trust.fingerprints !== undefined) return pinnedConnector(trust.fingerprints.map(normalizeFingerprint));
  return { ...(trust.ca === undefined ? {} : { ca: trust.ca }), rejectUnauthorized: trust.insecure !== true };
}

/**
 * Connects only to a server that shows the pinned certificate. With `rejectUnauthorized: false` Node takes any
 * certificate, so the comparison here is the whole check, and no byte may be sent before it.
 */
async function pinnedConnector(pinned: readonly string[]): Promise<buildConnector.connector> {
  // @ts-expect-error undici ships no types for its deep paths
  const module = (await import('undici/lib/core/connect.js')) as { readonly default: typeof buildConnector };
  // Without cached sessions each connection is a full handshake, in which the server proves that it has the key.
  const connect = module.default({ rejectUnauthorized: false, maxCachedSessions: 0 });
  return (options, callback) => {
    connect(options, (error, socket) => {
      if (error !== null) {
        callback(error, null);
        return;
      }
      // Only https: endpoints get here, so the socket is a TLS socket.
      const shown = (socket as TLSSocket).getPeerX509Certificate()?.fingerprint256;
      if (shown !== undefined && pinned.includes(shown)) {
        callback(null, socket);
        return;
      }
      socket.destroy();
      callback(fingerprintError(options.host ?? options.hostname, pinned.join(' or '), shown), null);
    });
  };
}

function fingerprintError(host: string, pinned: string, shown = 'none'): PvevmError {
  return new PvevmError(
    'TLS',
    `cannot trust ${host}: its certificate has the fingerprint ${shown}, not the pinned ${pinned}`,
    {
      hints: [
        'Find out why the certificate changed: it may have been renewed, or somebody may be in between.',
        `If it was renewed, pin the new one: --fingerprint ${shown}`,
      ],
    },
  );
}
