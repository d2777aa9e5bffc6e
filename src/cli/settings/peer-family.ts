import type { Credentials } from '../../pve/authentication/credentials.ts';
import type { Family, NamedTrust, SettingsIo } from './family.ts';
import { passwordCredentials } from './password.ts';
import { namesThatAreSet, secretVariable, variable } from './variables.ts';

/** One way to authenticate with the variables of a peer: the variables it needs, and what they make. */
export interface CredentialWay {
  readonly required: readonly string[];
  readonly optional?: readonly string[];
  credentials(): Credentials | Promise<Credentials>;
}

/** The variables of a peer. */
export interface PeerSettings {
  readonly family: 'PROXMOX_VE' | 'PM' | 'PROXMOX';
  /** The variables that make the endpoint, and the endpoint; undefined where they make none. */
  readonly endpointNames: readonly string[];
  readonly endpoint: string | undefined;
  readonly missingEndpoint: string;
  /** Best first. */
  readonly ways: readonly CredentialWay[];
  readonly trustNames: readonly string[];
  readonly notes?: readonly string[];
  trust(): Promise<NamedTrust>;
}

/** The way to authenticate with a user and a password. */
export function passwordWay(io: SettingsIo, username: string, password: string, otp: string): CredentialWay {
  const { env } = io;
  return {
    required: [username, password],
    optional: [otp],
    credentials: () =>
      passwordCredentials(
        {
          username: variable(env, username) ?? '',
          password: secretVariable(env, password),
          otp: variable(env, otp),
          remedy: `Set ${password}.`,
        },
        io,
      ),
  };
}

function missingCredentials(ways: readonly CredentialWay[], env: SettingsIo['env']): string {
  const begun = ways.find(({ required }) => namesThatAreSet(env, required).length > 0);
  if (begun === undefined) return ways.map(({ required }) => required.join(' and ')).join(', or ');
  return begun.required.filter((name) => variable(env, name) === undefined).join(' and ');
}

/** The source of settings that a peer's variables are; complete with an endpoint and one way to authenticate. */
export function peerFamily(settings: PeerSettings, { env }: SettingsIo): Family {
  const { family, endpointNames, endpoint, ways, notes = [] } = settings;
  const way = ways.find(({ required }) => namesThatAreSet(env, required).length === required.length);
  const namesOf = ({ required, optional = [] }: CredentialWay): readonly string[] => [...required, ...optional];
  const credentialNames = way === undefined ? ways.flatMap(namesOf) : namesOf(way);
  const telling = [...endpointNames, ...ways.flatMap(({ required }) => required)];
  return {
    source: {
      family,
      label: `the ${family}_* variables`,
      names: [...new Set(namesThatAreSet(env, [...endpointNames, ...credentialNames, ...settings.trustNames]))],
    },
    isPresent: namesThatAreSet(env, telling).length > 0,
    missing: [
      ...(endpoint === undefined ? [settings.missingEndpoint] : []),
      ...(way === undefined ? [missingCredentials(ways, env)] : []),
    ],
    notes,
    open: async () => {
      if (endpoint === undefined || way === undefined) throw new Error(`the ${family}_* variables are not complete`);
      return { endpoints: [endpoint], credentials: await way.credentials() };
    },
    trust: settings.trust,
  };
}
