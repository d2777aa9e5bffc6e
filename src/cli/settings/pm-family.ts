import type { Family, SettingsIo } from './family.ts';
import { readTrust } from './named-trust.ts';
import { passwordWay, peerFamily } from './peer-family.ts';
import { booleanVariable, variable } from './variables.ts';

const ENDPOINT = 'PM_API_URL';
const TOKEN_ID = 'PM_API_TOKEN_ID';
const TOKEN_SECRET = 'PM_API_TOKEN_SECRET';
const INSECURE = 'PM_TLS_INSECURE';
const PROXY = 'PM_PROXY';

/**
 * The variables of the Terraform provider Telmate/proxmox. The server is verified unless `PM_TLS_INSECURE` says
 * otherwise, and a token comes before a password.
 */
export function pmFamily(io: SettingsIo): Family {
  const { env, cwd } = io;
  return peerFamily(
    {
      family: 'PM',
      endpointNames: [ENDPOINT],
      // It ends in /api2/json there; of an endpoint only its host and port count.
      endpoint: variable(env, ENDPOINT),
      missingEndpoint: ENDPOINT,
      ways: [
        {
          required: [TOKEN_ID, TOKEN_SECRET],
          credentials: () => ({
            type: 'token',
            token: `${variable(env, TOKEN_ID) ?? ''}=${variable(env, TOKEN_SECRET) ?? ''}`,
          }),
        },
        passwordWay(io, 'PM_USER', 'PM_PASS', 'PM_OTP'),
      ],
      trustNames: [INSECURE],
      notes: variable(env, PROXY) === undefined ? [] : [`${PROXY} is not read: name the proxy in HTTPS_PROXY`],
      trust: async () =>
        readTrust({ folder: cwd, insecure: booleanVariable(env, INSECURE), names: { insecure: INSECURE } }),
    },
    io,
  );
}
