import { X509Certificate } from 'node:crypto';
import { generate } from 'selfsigned';
import type { StateFolder } from './files/state-folder.ts';

/** Where a sandbox keeps its certificate, below its folder. */
export const CERTIFICATE_FILE = 'pve-root-ca.pem';
const KEY_FILE = 'priv/pve-root-ca.key';
const TEN_YEARS_MS = 10 * 365 * 24 * 3600 * 1000;

/** A certificate that is its own authority, with its key; PEM. */
export interface Certificate {
  readonly cert: string;
  readonly key: string;
  /** SHA-256, upper case with colons. */
  readonly fingerprint: string;
}

/** The certificate of a sandbox, for `localhost` and 127.0.0.1; made at the first start and kept. */
export async function certificateIn(folder: StateFolder): Promise<Certificate> {
  const cert = folder.read(CERTIFICATE_FILE);
  const key = folder.read(KEY_FILE);
  if (cert !== undefined && key !== undefined) return withFingerprint(cert, key);
  const made = await generate([{ name: 'commonName', value: 'localhost' }], {
    keyType: 'ec',
    curve: 'P-256',
    algorithm: 'sha256',
    notAfterDate: new Date(Date.now() + TEN_YEARS_MS),
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      {
        name: 'subjectAltName',
        altNames: [
          { type: 2, value: 'localhost' },
          { type: 7, ip: '127.0.0.1' },
        ],
      },
    ],
  });
  folder.write(KEY_FILE, made.private);
  folder.write(CERTIFICATE_FILE, made.cert);
  return withFingerprint(made.cert, made.private);
}

function withFingerprint(cert: string, key: string): Certificate {
  return { cert, key, fingerprint: new X509Certificate(cert).fingerprint256 };
}
