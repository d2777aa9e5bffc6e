import { PvevmError } from '../../core/error.ts';
import { parseEndpoint } from '../../pve/endpoints/endpoint.ts';
import type { Family, NamedTrust, SettingsIo } from './family.ts';
import { readTrust } from './named-trust.ts';
import { type CredentialWay, passwordWay, peerFamily } from './peer-family.ts';
import { booleanVariable, variable, withRealm } from './variables.ts';

const HOST = 'PROXMOX_HOST';
const PORT = 'PROXMOX_PORT';
const URL_NAME = 'PROXMOX_URL';
const USER = 'PROXMOX_USER';
const USERNAME = 'PROXMOX_USERNAME';
const PASSWORD = 'PROXMOX_PASSWORD';
const OTP = 'PROXMOX_OTP';
const TOKEN_ID = 'PROXMOX_TOKEN_ID';
const TOKEN_SECRET = 'PROXMOX_TOKEN_SECRET';
const TOKEN = 'PROXMOX_TOKEN';
const CA = 'PROXMOX_CA_PATH';
const VERIFYING: readonly string[] = ['PROXMOX_VALIDATE_CERTS', 'PROXMOX_VERIFY_SSL'];
const INSECURE = 'PROXMOX_INSECURE';
const FULL_TOKEN = /^[^\s!=]+@[^\s!=]+![^\s!=]+=\S+$/;

function endpointOf(env: SettingsIo['env']): string | undefined {
  const host = variable(env, HOST);
  const port = variable(env, PORT);
  if (host === undefined) return variable(env, URL_NAME);
  const colons = host.split(':').length - 1;
  // A URL, or a name with a port of its own.
  if (port === undefined || host.includes('/') || colons === 1 || /\]:\d+$/.test(host)) return host;
  return colons > 1 && !host.startsWith('[') ? `[${host}]:${port}` : `${host}:${port}`;
}

function originOf(endpoint: string): string | undefined {
  try {
    return parseEndpoint(endpoint);
  } catch {
    return undefined;
  }
}

/** Whether two addresses lead to one place, as far as they are both given and can be read. */
function isSameServer(left: string | undefined, right: string | undefined): boolean {
  return left === undefined || right === undefined || originOf(left) === originOf(right);
}

function waysOf(io: SettingsIo): readonly CredentialWay[] {
  const { env } = io;
  const value = (name: string): string => variable(env, name) ?? '';
  const isBare = value(TOKEN_ID) !== '' && !value(TOKEN_ID).includes('!');
  const tokenId = (): string => (isBare ? `${withRealm(value(USER))}!${value(TOKEN_ID)}` : value(TOKEN_ID));
  const token = (text: string): { readonly type: 'token'; readonly token: string } => ({ type: 'token', token: text });
  return [
    {
      required: [...(isBare ? [USER] : []), TOKEN_ID, TOKEN_SECRET],
      credentials: () => token(`${tokenId()}=${value(TOKEN_SECRET)}`),
    },
    ...(FULL_TOKEN.test(value(TOKEN)) ? [{ required: [TOKEN], credentials: () => token(value(TOKEN)) }] : []),
    // Packer: the name of a token is its user's name, and the secret stands apart.
    ...(value(USERNAME).includes('!')
      ? [{ required: [USERNAME, TOKEN], credentials: () => token(`${value(USERNAME)}=${value(TOKEN)}`) }]
      : []),
    passwordWay(io, USER, PASSWORD, OTP),
    ...(value(USERNAME) === '' || value(USERNAME).includes('!') ? [] : [passwordWay(io, USERNAME, PASSWORD, OTP)]),
  ];
}

async function trustOf({ env, cwd }: SettingsIo): Promise<NamedTrust> {
  const verdicts = [
    ...VERIFYING.map((name) => ({ name, verify: booleanVariable(env, name) })),
    { name: INSECURE, verify: negated(booleanVariable(env, INSECURE)) },
  ];
  const strict = verdicts.find(({ verify }) => verify === true);
  const lax = verdicts.find(({ verify }) => verify === false);
  if (strict !== undefined && lax !== undefined) {
    throw new PvevmError('CONFIG', 'cannot both verify the server and not verify it', {
      hints: [`Unset one of ${strict.name} and ${lax.name}.`],
    });
  }
  return readTrust({
    ca: variable(env, CA),
    folder: cwd,
    insecure: lax !== undefined,
    names: { ca: CA, insecure: lax?.name ?? INSECURE },
  });
}

function negated(value: boolean | undefined): boolean | undefined {
  return value === undefined ? undefined : !value;
}

/**
 * The variables of Ansible's Proxmox modules, of Packer and of what follows them: exact names, since those of bpg begin
 * with `PROXMOX_` too. `PROXMOX_TOKEN` means three things to three tools, and counts where it holds a full token or
 * stands beside Packer's `PROXMOX_USERNAME`.
 */
export function proxmoxFamily(io: SettingsIo): Family {
  const { env } = io;
  const ways = waysOf(io);
  const ignored = variable(env, TOKEN) !== undefined && !ways.some(({ required }) => required.includes(TOKEN));
  const ambiguous = variable(env, HOST) !== undefined && !isSameServer(endpointOf(env), variable(env, URL_NAME));
  return peerFamily(
    {
      family: 'PROXMOX',
      endpointNames: [HOST, PORT, URL_NAME],
      // Which of two tools' servers was meant nobody can say.
      endpoint: ambiguous ? undefined : endpointOf(env),
      missingEndpoint: ambiguous ? `one endpoint (${HOST} and ${URL_NAME} differ)` : `${HOST} or ${URL_NAME}`,
      ways,
      trustNames: [CA, ...VERIFYING, INSECURE],
      notes: ignored
        ? [`${TOKEN} is ignored: tools mean different things by it, and it holds no full token (user@realm!name=uuid)`]
        : [],
      trust: () => trustOf(io),
    },
    io,
  );
}
