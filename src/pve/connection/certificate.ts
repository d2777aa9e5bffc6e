import type { X509Certificate } from 'node:crypto';
import { sanitizeLine } from '../../core/sanitize.ts';
import { hostAndPort } from '../endpoints/endpoint.ts';
import { openConnection } from './connection.ts';
import { type ProxySettings, proxyFor } from './proxy.ts';

/** What a server's certificate says. All texts are one line and free of control characters. */
export interface ServerCertificate {
  /** SHA-256, as Proxmox VE shows it: 32 upper-case pairs with colons. */
  readonly fingerprint: string;
  /** As in `CN=pve1.example.com, OU=PVE Cluster Node`. */
  readonly subject: string;
  readonly issuer: string;
  /** Host names and addresses that it is for. */
  readonly names: readonly string[];
  /** ISO 8601, in UTC. */
  readonly validFrom: string;
  readonly validTo: string;
  /** Whether it is signed with its own key, and so by no authority. */
  readonly selfSigned: boolean;
}

/** How to get at a certificate. */
export interface CertificateOptions {
  readonly proxy?: ProxySettings;
  /** 5 s unless given. */
  readonly timeoutMs?: number;
}

/**
 * The certificate that a server shows, without believing it; undefined where no TLS connection comes about in time.
 * Nothing is sent over the connection.
 */
export async function readCertificate(
  endpoint: string,
  { proxy: settings, timeoutMs = 5000 }: CertificateOptions = {},
): Promise<ServerCertificate | undefined> {
  const proxy = proxyFor(endpoint, settings);
  try {
    const socket = await openConnection({
      ...hostAndPort(endpoint),
      trust: { insecure: true },
      timeoutMs,
      ...(proxy === undefined ? {} : { proxy }),
    });
    const certificate = socket.getPeerX509Certificate();
    socket.destroy();
    return certificate === undefined ? undefined : describe(certificate);
  } catch {
    return undefined;
  }
}

function describe(certificate: X509Certificate): ServerCertificate {
  return {
    fingerprint: certificate.fingerprint256,
    subject: nameOf(certificate.subject),
    issuer: nameOf(certificate.issuer),
    names: namesOf(certificate.subjectAltName),
    validFrom: isoOf(certificate.validFrom),
    validTo: isoOf(certificate.validTo),
    selfSigned: certificate.checkIssued(certificate) && certificate.verify(certificate.publicKey),
  };
}

// Node writes one part a line, and escapes nothing inside a part.
function nameOf(name: string | undefined): string {
  return sanitizeLine((name ?? '').split('\n').reverse().join(', '));
}

// As in `DNS:pve1, IP Address:192.0.2.1`; odd names are quoted, and stay as they are.
function namesOf(names = ''): readonly string[] {
  return names
    .split(', ')
    .map((name) => sanitizeLine(name.replace(/^(?:DNS|IP Address):/, '')))
    .filter((name) => name !== '');
}

function isoOf(date: string): string {
  const time = Date.parse(date);
  return Number.isNaN(time) ? sanitizeLine(date) : new Date(time).toISOString();
}
