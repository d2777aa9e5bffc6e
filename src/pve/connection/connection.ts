import type { Socket } from 'node:net';
import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls';
import { PvevmError } from '../../core/error.ts';
import { asUnsent } from './network-error.ts';
import type { HttpProxy } from './proxy.ts';
import type { Trust } from './trust.ts';
import { openTunnel } from './tunnel.ts';

/** Where to connect to, and on what terms. */
export interface ConnectionTarget {
  readonly host: string;
  readonly port: number;
  /** Its fingerprints as `normalizeFingerprint` writes them. */
  readonly trust: Trust;
  readonly proxy?: HttpProxy;
  /** How long it may take until the server is verified, in milliseconds. */
  readonly timeoutMs: number;
  /** A session of an earlier connection to this server, to shorten the handshake. */
  readonly session?: Buffer;
}

// What undici gives its own TLS sockets; a record of TLS is no longer than this.
const HIGH_WATER_MARK = 16_384;

/**
 * Opens a TLS connection, through a proxy where there is one, and verifies the server before any byte is sent over it.
 * Throws `TLS` for a certificate other than the pinned ones, `CONNECT` for a proxy that refuses, and the system's error
 * otherwise; whatever it throws is marked as coming before the request (`isUnsent`).
 */
export async function openConnection(target: ConnectionTarget): Promise<TLSSocket> {
  const timeout = AbortSignal.timeout(target.timeoutMs);
  try {
    const tunnel =
      target.proxy === undefined ? undefined : await openTunnel(target.proxy, target, timeout, target.trust.ca);
    const socket = await handshake(target, tunnel, timeout);
    verifyFingerprint(target, socket);
    return socket;
  } catch (error) {
    // What a proxy has to do with it, it says itself.
    if (timeout.aborted && !(error instanceof PvevmError)) throw tooLate(target.timeoutMs);
    throw error instanceof PvevmError ? error : asUnsent(error);
  }
}

function handshake(target: ConnectionTarget, tunnel: Socket | undefined, timeout: AbortSignal): Promise<TLSSocket> {
  const { host, port, trust, session } = target;
  const options: ConnectionOptions & { readonly highWaterMark: number } = {
    host,
    port,
    highWaterMark: HIGH_WATER_MARK,
    ALPNProtocols: ['http/1.1'],
    // With a pinned fingerprint Node takes any certificate, and the comparison afterwards is the whole check.
    rejectUnauthorized: trust.fingerprints === undefined && trust.insecure !== true,
    // A name in SNI must not be an address (RFC 6066, 3).
    ...(isName(host) ? { servername: host } : {}),
    ...(trust.ca === undefined ? {} : { ca: trust.ca }),
    ...(tunnel === undefined ? {} : { socket: tunnel }),
    ...(session === undefined ? {} : { session }),
  };
  return new Promise((resolve, reject) => {
    const socket = connect(options);
    const stop = (): void => {
      socket.destroy(tooLate(target.timeoutMs));
    };
    if (timeout.aborted) stop();
    timeout.addEventListener('abort', stop, { once: true });
    // Stays on, so that an error between here and the next listener does not end the process.
    socket.on('error', (error) => {
      timeout.removeEventListener('abort', stop);
      reject(error);
    });
    socket.once('secureConnect', () => {
      timeout.removeEventListener('abort', stop);
      socket.setKeepAlive(true, 60_000).setNoDelay(true);
      resolve(socket);
    });
  });
}

function verifyFingerprint({ host, port, trust }: ConnectionTarget, socket: TLSSocket): void {
  if (trust.fingerprints === undefined) return;
  const pinned = trust.fingerprints;
  const shown = socket.getPeerX509Certificate()?.fingerprint256;
  if (shown !== undefined && pinned.includes(shown)) return;
  socket.destroy();
  throw fingerprintError(`${host.includes(':') ? `[${host}]` : host}:${port}`, pinned.join(' or '), shown);
}

function fingerprintError(host: string, pinned: string, shown = 'none'): PvevmError {
  return new PvevmError(
    'TLS',
    `cannot trust ${host}: its certificate has the fingerprint ${shown}, not the pinned ${pinned}`,
    {
      hints: [
        'Find out why the certificate changed: it may have been renewed, or somebody may be in between.',
        `Compare it with what 'pvenode cert info' prints on the node; where it was renewed, pin the new one: --fingerprint ${shown} (or pvevm login)`,
      ],
    },
  );
}

function tooLate(timeoutMs: number): Error {
  const error = new Error(`no connection within ${timeoutMs} ms`);
  return asUnsent(Object.assign(error, { code: 'ETIMEDOUT' }));
}

function isName(host: string): boolean {
  return !/^[\d.]+$/.test(host) && !host.includes(':');
}
