import { connect } from 'node:tls';
import { PvevmError } from '../core/error.ts';

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
export function readFingerprint(endpoint: string, timeoutMs = 5000): Promise<string | undefined> {
  const { hostname, port } = new URL(endpoint);
  const host = hostname.replace(/^\[|\]$/g, '');
  return new Promise((resolve) => {
    const socket = connect({ host, port: Number(port === '' ? 443 : port), rejectUnauthorized: false });
    const finish = (fingerprint?: string): void => {
      socket.destroy();
      resolve(fingerprint);
    };
    socket.once('secureConnect', () => finish(socket.getPeerX509Certificate()?.fingerprint256));
    socket.once('error', () => finish());
    socket.setTimeout(timeoutMs, () => finish());
  });
}
