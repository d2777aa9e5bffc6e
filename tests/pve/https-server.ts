import { X509Certificate } from 'node:crypto';
import type { RequestListener } from 'node:http';
import { createServer } from 'node:https';
import { generate } from 'selfsigned';

/** An HTTPS server on the loopback interface, with a certificate of its own. */
export interface TestServer {
  /** As in `https://127.0.0.1:34567`. */
  readonly endpoint: string;
  /** The certificate; it is its own authority. */
  readonly ca: string;
  /** SHA-256 of the certificate, upper case with colons. */
  readonly fingerprint: string;
  /** The names that clients asked for in SNI, in order; false for a client that sent none. */
  readonly serverNames: readonly (string | false)[];
  close(): Promise<void>;
}

/** What a certificate says; it is valid now unless told otherwise. */
export interface TestCertificate {
  readonly commonName?: string;
  readonly notBefore?: Date;
  readonly notAfter?: Date;
}

/** Starts a server; the certificate names 127.0.0.1 unless told otherwise. */
export async function startHttpsServer(
  listener: RequestListener,
  address = '127.0.0.1',
  { commonName = 'pve1', notBefore, notAfter }: TestCertificate = {},
  host = '127.0.0.1',
): Promise<TestServer> {
  const pem = await generate([{ name: 'commonName', value: commonName }], {
    keyType: 'ec',
    ...(notBefore === undefined ? {} : { notBeforeDate: notBefore }),
    ...(notAfter === undefined ? {} : { notAfterDate: notAfter }),
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'subjectAltName', altNames: [{ type: 7, ip: address }] },
    ],
  });
  const serverNames: (string | false)[] = [];
  const server = createServer({ key: pem.private, cert: pem.cert }, listener);
  server.on('secureConnection', (socket) => serverNames.push(socket.servername ?? false));
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  const bound = server.address();
  if (bound === null || typeof bound === 'string') throw new Error('the server has no port');
  return {
    endpoint: `https://${host.includes(':') ? `[${host}]` : host}:${bound.port}`,
    ca: pem.cert,
    fingerprint: new X509Certificate(pem.cert).fingerprint256,
    serverNames,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
