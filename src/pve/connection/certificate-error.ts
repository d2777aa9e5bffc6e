import { hostAndPort } from '../endpoints/endpoint.ts';
import type { ServerCertificate } from './certificate.ts';

/** Why a certificate was refused, in words, and what to do about it. */
export interface CertificateVerdict {
  readonly reason: string;
  /** Imperative sentences, best first. */
  readonly hints: readonly string[];
}

/**
 * Explains OpenSSL's or Node's code for a refused certificate, as in `CERT_HAS_EXPIRED`. `certificate` is what the server
 * shows, where it could be read.
 */
export function explainCertificate(
  code: string,
  endpoint: string,
  certificate: ServerCertificate | undefined,
): CertificateVerdict {
  const { host } = new URL(endpoint);
  const pin = pinHints(certificate?.fingerprint);
  switch (code) {
    case 'CERT_HAS_EXPIRED':
      return {
        reason: `the certificate of ${host} has expired${dated(' on ', certificate?.validTo)} (${code})`,
        hints: [
          "Renew it on the node: 'pvecm updatecerts -f' for the cluster's own, 'pvenode acme cert renew' for one of ACME.",
          ...pin,
        ],
      };
    case 'CERT_NOT_YET_VALID':
      return {
        reason: `the certificate of ${host} is not valid yet${dated(', only from ', certificate?.validFrom)} (${code})`,
        hints: ['Check the clocks of this machine and of the node.', ...pin],
      };
    case 'ERR_TLS_CERT_ALTNAME_INVALID':
    case 'HOSTNAME_MISMATCH':
      return {
        reason: `the certificate of ${host} is for another host (${code})`,
        hints: [...nameHints(endpoint, certificate?.names ?? []), ...pin],
      };
    default:
      return {
        reason: `the certificate of ${host} is not trusted${issuedBy(certificate)} (${code})`,
        hints: [...pin, "Or give the cluster's certificate authority: --ca FILE, a copy of /etc/pve/pve-root-ca.pem."],
      };
  }
}

function dated(before: string, date: string | undefined): string {
  return date === undefined ? '' : `${before}${date.slice(0, 10)}`;
}

function issuedBy(certificate: ServerCertificate | undefined): string {
  if (certificate === undefined) return '';
  return certificate.selfSigned ? ': it is signed by no authority' : `: its authority is ${certificate.issuer}`;
}

function nameHints(endpoint: string, names: readonly string[]): readonly string[] {
  if (names.length === 0) return [];
  return [`Use a name that it is for, in place of ${hostAndPort(endpoint).host}: ${names.slice(0, 8).join(', ')}.`];
}

function pinHints(fingerprint: string | undefined): readonly string[] {
  if (fingerprint === undefined) return [];
  return [
    `If 'pvenode cert info' on the node prints this same fingerprint, pin it: --fingerprint ${fingerprint} (or pvevm login)`,
  ];
}
