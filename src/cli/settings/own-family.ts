import type { Credentials } from '../../pve/authentication/credentials.ts';
import type { ConnectionOptions } from '../connection-options.ts';
import type { Family, SettingsIo } from './family.ts';
import { readTrust } from './named-trust.ts';
import { passwordCredentials } from './password.ts';
import { readTokenFile } from './setting-files.ts';
import { booleanVariable, listOf, namesThatAreSet, secretVariable, variable } from './variables.ts';

const CREDENTIALS: readonly string[] = ['PVEVM_TOKEN', 'PVEVM_TOKEN_FILE', 'PVEVM_USERNAME'];
const OTHERS: readonly string[] = [
  ...['PVEVM_PASSWORD', 'PVEVM_OTP', 'PVEVM_CA', 'PVEVM_FINGERPRINT', 'PVEVM_INSECURE'],
];
const ENDPOINT = 'PVEVM_ENDPOINT';
const PASSWORD_REMEDY = 'Set PVEVM_PASSWORD, or use an API token (PVEVM_TOKEN), as suits scripts better.';

/** Flags are a second spelling of the variables: what the one leaves open, the other says. */
function familyOf(flags: Pick<ConnectionOptions, 'endpoint' | 'tokenFile'>, io: SettingsIo): Family {
  const { env, cwd } = io;
  const { tokenFile } = flags;
  const fromFlags = flags.endpoint !== undefined || tokenFile !== undefined;
  const endpoints = (flags.endpoint ?? listOf(variable(env, ENDPOINT))).filter((endpoint) => endpoint.trim() !== '');
  // The first one wins.
  const [credential] = namesThatAreSet(env, CREDENTIALS);
  const variables = [ENDPOINT, ...(tokenFile === undefined ? CREDENTIALS : []), ...OTHERS];
  const used = namesThatAreSet(env, variables).filter((name) => name !== ENDPOINT || flags.endpoint === undefined);

  const readCredentials = async (): Promise<Credentials> => {
    const username = variable(env, 'PVEVM_USERNAME') ?? '';
    if (tokenFile !== undefined) return { type: 'token', token: await readTokenFile(tokenFile, cwd) };
    if (credential === 'PVEVM_TOKEN') return { type: 'token', token: variable(env, credential) ?? '' };
    if (credential === 'PVEVM_TOKEN_FILE') {
      return { type: 'token', token: await readTokenFile(variable(env, credential) ?? '', cwd) };
    }
    const password = secretVariable(env, 'PVEVM_PASSWORD');
    return passwordCredentials({ username, password, otp: variable(env, 'PVEVM_OTP'), remedy: PASSWORD_REMEDY }, io);
  };

  const flagNames = [
    ...(flags.endpoint === undefined ? [] : ['--endpoint']),
    ...(tokenFile === undefined ? [] : ['--token-file']),
  ];
  return {
    source: {
      family: fromFlags ? 'flags' : 'PVEVM',
      label: fromFlags
        ? `the flag${flagNames.length > 1 ? 's' : ''} ${flagNames.join(' and ')}`
        : 'the PVEVM_* variables',
      names: [...flagNames, ...used],
    },
    isPresent: flagNames.length > 0 || used.length > 0,
    missing: [
      ...(endpoints.length === 0 ? [fromFlags ? `--endpoint or ${ENDPOINT}` : ENDPOINT] : []),
      ...(credential === undefined && tokenFile === undefined
        ? [`${fromFlags ? '--token-file, ' : ''}PVEVM_TOKEN, PVEVM_TOKEN_FILE or PVEVM_USERNAME`]
        : []),
    ],
    notes: [],
    open: async () => ({ endpoints, credentials: await readCredentials() }),
    trust: async () =>
      readTrust({
        ca: variable(env, 'PVEVM_CA'),
        folder: cwd,
        fingerprints: listOf(variable(env, 'PVEVM_FINGERPRINT')),
        insecure: booleanVariable(env, 'PVEVM_INSECURE'),
        names: { ca: 'PVEVM_CA', fingerprints: 'PVEVM_FINGERPRINT', insecure: 'PVEVM_INSECURE' },
      }),
  };
}

/** The `PVEVM_*` variables. */
export function ownFamily(io: SettingsIo): Family {
  return familyOf({}, io);
}

/** The flags, completed from the `PVEVM_*` variables; not there where neither endpoint nor token is given as a flag. */
export function flagsFamily({ endpoint, tokenFile }: ConnectionOptions, io: SettingsIo): Family {
  if (endpoint !== undefined || tokenFile !== undefined) {
    return familyOf({ ...(endpoint && { endpoint }), ...(tokenFile !== undefined && { tokenFile }) }, io);
  }
  const nothing = { ...familyOf({}, io), isPresent: false };
  return { ...nothing, source: { family: 'flags', label: 'flags', names: [] } };
}
