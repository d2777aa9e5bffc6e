import type { FactVersion } from '../pve/facts/fact-versions.ts';
import type { HouseEndpoint, SandboxState } from './house.ts';

/** What `GET /version` says (pve-manager: PVE/pvecfg.pm.in). */
export interface PveVersion {
  readonly version: string;
  readonly release: string;
  readonly repoid: string;
}

const VERSIONS: Readonly<Record<FactVersion, PveVersion>> = {
  '9.2': { version: '9.2.11', release: '9.2', repoid: '14a22df35955d97d' },
  '9.1': { version: '9.1.1', release: '9.1', repoid: '42db4a6cf33dac83' },
  '8.4': { version: '8.4.21', release: '8.4', repoid: '2606ac850d46da29' },
  '7.4': { version: '7.4-3', release: '7.4', repoid: '9002ab8a' },
};

/** The version of Proxmox VE that a sandbox is. */
export function pveVersion({ facts }: Pick<SandboxState, 'facts'>): PveVersion {
  return VERSIONS[facts.version as FactVersion];
}

/** `GET /version`. */
export const versionEndpoint: HouseEndpoint = {
  method: 'GET',
  path: '/version',
  handle: ({ host }) => ({ ...pveVersion(host) }),
};
