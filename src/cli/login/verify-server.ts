import type { Clock } from '../../core/clock.ts';
import { PvevmError } from '../../core/error.ts';
import { listRealms, type Realm } from '../../pve/authentication/realms.ts';
import { readCertificate, type ServerCertificate } from '../../pve/connection/certificate.ts';
import type { ProxySettings } from '../../pve/connection/proxy.ts';
import type { Trust } from '../../pve/connection/trust.ts';
import { askYes } from '../ask.ts';
import type { SettingsIo } from '../settings/family.ts';
import { trustOfFlags } from '../settings/named-trust.ts';
import { ownFamily } from '../settings/own-family.ts';
import type { LoginOptions } from './login-options.ts';

/** A server that was verified, or that a person has vouched for. */
export interface VerifiedServer {
  readonly trust: Trust;
  readonly realms: readonly Realm[];
  /** How it was verified, in words. */
  readonly how: string;
}

/** Where a login takes place. */
export interface LoginScope {
  readonly options: LoginOptions;
  readonly io: SettingsIo;
  readonly clock: Clock;
  readonly proxy: ProxySettings;
}

/** What flags say about trust, or else the `PVEVM_*` variables; without any, the machine's authorities are asked. */
async function wantedTrust({ options, io }: LoginScope): Promise<Trust> {
  const { ca, fingerprint, insecure } = options;
  const flags = {
    ...(ca === undefined ? {} : { ca }),
    ...(fingerprint === undefined ? {} : { fingerprint }),
    ...(insecure === undefined ? {} : { insecure }),
  };
  return ((await trustOfFlags(flags, io.cwd)) ?? (await ownFamily(io).trust())).trust;
}

function howOf({ ca, fingerprints, insecure }: Trust): string {
  if (insecure === true) return 'not verified';
  if (fingerprints !== undefined) return 'by the fingerprint that was given';
  return ca === undefined ? "by this machine's certificate authorities" : 'by the CA file that was given';
}

/** What a person has to compare. */
function certificateLines({
  fingerprint,
  subject,
  issuer,
  validFrom,
  validTo,
  selfSigned,
}: ServerCertificate): readonly string[] {
  return [
    `  SHA-256  ${fingerprint}`,
    `  subject  ${subject}`,
    `  issuer   ${selfSigned ? 'itself' : issuer}`,
    `  valid    ${validFrom.slice(0, 10)} to ${validTo.slice(0, 10)}`,
  ];
}

const COMPARE: readonly string[] = [
  'Compare the fingerprint with what the node itself shows: in Node > System >',
  'Certificates, or with pvenode cert info in a shell on it.',
];

function refusal(endpoint: string, certificate: ServerCertificate, cause: unknown): PvevmError {
  return new PvevmError('TLS', `cannot trust ${endpoint}: nobody has vouched for its certificate`, {
    cause,
    details: certificateLines(certificate).map((line) => line.trim()),
    hints: [COMPARE.join(' '), `If it is the same: pvevm login ${endpoint} --fingerprint ${certificate.fingerprint}`],
  });
}

async function askAboutCertificate(endpoint: string, certificate: ServerCertificate, io: SettingsIo): Promise<void> {
  io.stderr.write(
    [
      `${endpoint} shows a certificate that this machine does not know:`,
      ...certificateLines(certificate),
      ...COMPARE,
      '',
    ].join('\n'),
  );
  if (await askYes('Is it the same?', io)) return;
  throw new PvevmError('CONSENT', `cannot log in to ${endpoint}: its certificate was not accepted`, {
    hints: ['Nothing was sent, and nothing was written.'],
  });
}

/**
 * Verifies a server before anything secret is sent to it: as flags or variables say, or by the machine's authorities,
 * or by showing its certificate to a person, who compares it; it is pinned then. `--yes` vouches for no certificate.
 * Throws `TLS` where nobody vouches, `CONSENT` for a "no", and what the client throws where there is no way to it.
 */
export async function verifyServer(endpoint: string, scope: LoginScope): Promise<VerifiedServer> {
  const { io, clock, proxy, options } = scope;
  const trust = await wantedTrust(scope);
  try {
    return { trust, realms: await listRealms(endpoint, { trust, proxy, clock }), how: howOf(trust) };
  } catch (error) {
    const isUnknown = error instanceof PvevmError && error.code === 'TLS' && Object.keys(trust).length === 0;
    const certificate = isUnknown ? await readCertificate(endpoint, { proxy }) : undefined;
    if (certificate === undefined) throw error;
    if (io.stdin.isTTY !== true || options.yes === true) throw refusal(endpoint, certificate, error);
    await askAboutCertificate(endpoint, certificate, io);
    const pinned: Trust = { fingerprints: [certificate.fingerprint] };
    return {
      ...{ trust: pinned, how: 'by its fingerprint, which is pinned from now on' },
      realms: await listRealms(endpoint, { trust: pinned, proxy, clock }),
    };
  }
}
