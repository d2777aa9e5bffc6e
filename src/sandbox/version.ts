import type { HouseEndpoint } from './house.ts';

/** The version of Proxmox VE that the sandbox is. */
export const PVE_VERSION = { version: '9.2.11', release: '9.2', repoid: '14a22df35955d97d' } as const;

/** `GET /version`. */
export const versionEndpoint: HouseEndpoint = { method: 'GET', path: '/version', handle: () => PVE_VERSION };
