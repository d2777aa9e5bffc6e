import type { Clock } from '../../core/clock.ts';
import { readCertificate, type ServerCertificate } from '../../pve/connection/certificate.ts';
import { type ProxySettings, proxyFor } from '../../pve/connection/proxy.ts';
import type { Trust } from '../../pve/connection/trust.ts';
import { parseEndpoint } from '../../pve/endpoints/endpoint.ts';
import type { DoctorCheck } from '../../report/doctor-text.ts';

/** An endpoint, whether TLS is spoken there, and how long that took. */
export interface ReachedEndpoint {
  readonly endpoint: string;
  /** Undefined where no TLS connection came about. */
  readonly certificate: ServerCertificate | undefined;
  readonly milliseconds: number;
}

const DAY_MS = 86_400_000;
const EXPIRES_SOON_DAYS = 30;

/** Opens a TLS connection to each endpoint, one after the other. Nothing is sent. Throws `CONFIG` for a wrong one. */
export async function reachEndpoints(
  endpoints: readonly string[],
  proxy: ProxySettings,
  clock: Clock,
): Promise<readonly ReachedEndpoint[]> {
  const reached: ReachedEndpoint[] = [];
  for (const endpoint of endpoints.map(parseEndpoint)) {
    const start = clock.now();
    const certificate = await readCertificate(endpoint, { proxy });
    reached.push({ endpoint, certificate, milliseconds: Math.round(clock.now() - start) });
  }
  return reached;
}

/** Through which proxy each endpoint is reached. Throws `CONFIG` for a proxy that is none. */
export function proxyCheck(endpoints: readonly string[], settings: ProxySettings): DoctorCheck {
  const lines = endpoints.map((text) => {
    const endpoint = parseEndpoint(text);
    return [endpoint, proxyFor(endpoint, settings)?.shown] as const;
  });
  const used = lines.filter(([, proxy]) => proxy !== undefined);
  if (used.length === 0) {
    const exempt = settings.https !== undefined ? ' (NO_PROXY exempts the endpoint)' : '';
    return { name: 'proxy', state: 'ok', summary: `none${exempt}` };
  }
  return {
    ...{ name: 'proxy', state: 'ok', summary: `through ${[...new Set(used.map(([, proxy]) => proxy))].join(', ')}` },
    ...(lines.length === 1
      ? {}
      : { details: lines.map(([endpoint, proxy]) => `${endpoint}: ${proxy ?? 'reached directly'}`) }),
  };
}

/** Which endpoints answer. One that does not is a warning where another does. */
export function endpointsCheck(reached: readonly ReachedEndpoint[]): DoctorCheck {
  const name = 'endpoints';
  const lines = reached.map(({ endpoint, certificate, milliseconds }) =>
    certificate === undefined ? `${endpoint}: no TLS connection` : `${endpoint}: answers in ${milliseconds} ms`,
  );
  const dead = reached.filter(({ certificate }) => certificate === undefined).map(({ endpoint }) => endpoint);
  if (dead.length === 0) {
    const [only = ''] = lines;
    return lines.length === 1
      ? { name, state: 'ok', summary: only }
      : { name, state: 'ok', summary: `all ${lines.length} answer`, details: lines };
  }
  if (dead.length < reached.length) {
    return {
      ...{ name, state: 'warning', summary: `${dead.length} of ${reached.length} endpoints do not answer` },
      ...{ details: lines, remedies: [`Look whether ${dead.join(', ')} is down, or take it out of the settings.`] },
    };
  }
  return {
    ...{ name, state: 'problem', summary: 'no endpoint answers', details: lines, code: 'CONNECT' },
    remedies: ['Check the endpoint; Proxmox VE listens on port 8006.'],
  };
}

/** How the server is verified, in words. */
function verificationOf({ ca, fingerprints, insecure }: Trust): string {
  if (insecure === true) return 'the server is not verified at all';
  if (fingerprints !== undefined) return 'verified by the pinned fingerprint';
  return ca === undefined ? "verified by the machine's certificate authorities" : 'verified by the given CA file';
}

interface Validity {
  readonly lines: readonly string[];
  /** Whether it has ended, or will soon. */
  readonly isEnding: boolean;
}

function validityOf({ endpoint, certificate }: ReachedEndpoint, now: number): Validity | undefined {
  if (certificate === undefined) return undefined;
  const { fingerprint, validTo } = certificate;
  const days = Math.floor((Date.parse(validTo) - now) / DAY_MS);
  const until = days < 0 ? `expired on ${validTo.slice(0, 10)}` : `valid until ${validTo.slice(0, 10)} (${days} days)`;
  return { lines: [`${endpoint}: ${until}`, `  ${fingerprint}`], isEnding: !(days >= EXPIRES_SOON_DAYS) };
}

/** How the server was verified, and how long its certificate is valid. `now` is milliseconds since 1970. */
export function tlsCheck(reached: readonly ReachedEndpoint[], trust: Trust, now: number): DoctorCheck {
  const validities = reached.flatMap((each) => validityOf(each, now) ?? []);
  const remedies = [
    ...(trust.insecure === true
      ? ['Pin its certificate: run pvevm login, or give --fingerprint in place of --insecure.']
      : []),
    ...(validities.some(({ isEnding }) => isEnding)
      ? ['Renew the certificate on its node (pvecm updatecerts -f), then pin the new one: pvevm login']
      : []),
  ];
  return {
    ...{ name: 'tls', state: remedies.length === 0 ? 'ok' : 'warning', summary: verificationOf(trust) },
    ...{ details: validities.flatMap(({ lines }) => lines), remedies },
  };
}
