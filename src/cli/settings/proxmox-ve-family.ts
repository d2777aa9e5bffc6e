import type { Family, SettingsIo } from './family.ts';
import { readTrust } from './named-trust.ts';
import { passwordWay, peerFamily } from './peer-family.ts';
import { booleanVariable, variable } from './variables.ts';

const ENDPOINT = 'PROXMOX_VE_ENDPOINT';
const TOKEN = 'PROXMOX_VE_API_TOKEN';
const TICKET = 'PROXMOX_VE_AUTH_TICKET';
const CSRF = 'PROXMOX_VE_CSRF_PREVENTION_TOKEN';
const INSECURE = 'PROXMOX_VE_INSECURE';

/**
 * The variables of the Terraform provider bpg/proxmox and of what is built on it. Where several credentials are set, a
 * token comes before a ticket and that before a password, as there (`bpg: fwprovider/provider.go`).
 */
export function proxmoxVeFamily(io: SettingsIo): Family {
  const { env, cwd } = io;
  const value = (name: string): string => variable(env, name) ?? '';
  return peerFamily(
    {
      family: 'PROXMOX_VE',
      endpointNames: [ENDPOINT],
      endpoint: variable(env, ENDPOINT),
      missingEndpoint: ENDPOINT,
      ways: [
        { required: [TOKEN], credentials: () => ({ type: 'token', token: value(TOKEN) }) },
        {
          required: [TICKET, CSRF],
          credentials: () => ({ type: 'ticket', ticket: value(TICKET), csrfToken: value(CSRF) }),
        },
        passwordWay(io, 'PROXMOX_VE_USERNAME', 'PROXMOX_VE_PASSWORD', 'PROXMOX_VE_OTP'),
      ],
      trustNames: [INSECURE],
      trust: async () =>
        readTrust({ folder: cwd, insecure: booleanVariable(env, INSECURE), names: { insecure: INSECURE } }),
    },
    io,
  );
}
