import { X509Certificate } from 'node:crypto';
import type { Json } from '../../core/json.ts';
import type { HouseEndpoint } from '../house.ts';

/**
 * `GET /nodes/{node}/certificates/info` (pve-manager: PVE/API2/Certificates.pm). A sandbox has one certificate, which is
 * the authority and the node's own.
 */
export const certificatesEndpoint: HouseEndpoint = {
  method: 'GET',
  path: '/nodes/{node}/certificates/info',
  handle({ host }) {
    const info = infoOf(host.certificate());
    return ['pve-root-ca.pem', 'pve-ssl.pem'].map((filename) => ({ filename, ...info }));
  },
};

function infoOf(pem: string): Record<string, Json> {
  const certificate = new X509Certificate(pem);
  const { publicKey } = certificate;
  const isRsa = publicKey.asymmetricKeyType === 'rsa';
  return {
    pem,
    fingerprint: certificate.fingerprint256,
    subject: oneLine(certificate.subject),
    issuer: oneLine(certificate.issuer),
    notbefore: Date.parse(certificate.validFrom) / 1000,
    notafter: Date.parse(certificate.validTo) / 1000,
    'public-key-type': isRsa ? 'rsaEncryption' : 'id-ecPublicKey',
    'public-key-bits': isRsa ? (publicKey.asymmetricKeyDetails?.modulusLength ?? 0) : 256,
    san: namesOf(certificate.subjectAltName),
  };
}

/** As OpenSSL writes a name in one line: `/O=…/CN=…`. */
function oneLine(name: string): string {
  return name
    .split('\n')
    .map((part) => `/${part}`)
    .join('');
}

function namesOf(alternatives: string | undefined): readonly string[] {
  return (alternatives ?? '')
    .split(', ')
    .map((name) => name.replace(/^[^:]*:/, ''))
    .filter((name) => name !== '');
}
