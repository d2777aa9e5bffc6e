import { PvevmError } from '../../core/error.ts';
import { type CertificateOptions, readCertificate } from './certificate.ts';

/**
 * A SHA-256 fingerprint as Proxmox VE shows it: 32 upper-case pairs with colons. Taken with or without colons and in
 * any case; throws `CONFIG` for anything else.
 */
export function normalizeFingerprint(text: string): string {
  const digits = text.trim().replaceAll(':', '').toUpperCase();
  const wellFormed = /^(?:[0-9a-f]{64}|(?:[0-9a-f]{2}:){31}[0-9a-f]{2})$/i.test(text.trim());
  if (!wellFormed) {
    throw new PvevmError(
      'CONFIG',
      'cannot read the certificate fingerprint: it is not 32 hexadecimal pairs (SHA-256)',
      {
        hints: ["Copy it from Node > System > Certificates, or run 'pvenode cert info' on the node."],
      },
    );
  }
  return (digits.match(/../g) ?? []).join(':');
}

/**
 * The SHA-256 fingerprint of the certificate that a server shows, without believing it; undefined where no TLS
 * connection comes about within some seconds. Nothing is sent over the connection.
 */
export async function readFingerprint(endpoint: string, options?: CertificateOptions): Promise<string | undefined> {
  return (await readCertificate(endpoint, options))?.fingerprint;
}
