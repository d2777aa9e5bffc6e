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
  close(): Promise<void>;
}

/** Starts a server; the certificate names 127.0.0.1 unless told otherwise. */
export async function startHttpsServer(listener: RequestListener, address = '127.0.0.1'): Promise<TestServer> {
  const pem = await generate([{ name: 'commonName', value: 'pve1' }], {
    keyType: 'ec',
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'subjectAltName', altNames: [{ type: 7, ip: address }] },
    ],
  });
  const server = createServer({ key: pem.private, cert: pem.cert }, listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const bound = server.address();
  if (bound === null || typeof bound === 'string') throw new Error('the server has no port');
  return {
    endpoint: `https://127.0.0.1:${bound.port}`,
    ca: pem.cert,
    fingerprint: new X509Certificate(pem.cert).fingerprint256,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
