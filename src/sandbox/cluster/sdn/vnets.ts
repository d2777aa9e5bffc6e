import type { JsonObject } from '../../../core/json.ts';
import { digestOfText } from '../../digest.ts';
import { VNETS_FILE } from '../../files/vnets-cfg.ts';
import type { HouseCall, HouseEndpoint } from '../../house.ts';

/** `GET /cluster/sdn/vnets`: what the user may audit or change (pve-network: PVE/API2/Network/SDN/Vnets.pm, index). */
export const vnetsEndpoint: HouseEndpoint = { method: 'GET', path: '/cluster/sdn/vnets', handle: listVnets };

function listVnets({ host, user }: HouseCall): readonly JsonObject[] {
  const digest = digestOfText(host.files.read(VNETS_FILE) ?? '');
  return [...(host.vnets?.() ?? [])]
    .filter(([vnet, zone]) => {
      const held = host.access.privileges(user, `/sdn/zones/${zone}/${vnet}`);
      return held.has('SDN.Audit') || held.has('SDN.Allocate');
    })
    .map(([vnet, zone]) => ({ type: 'vnet', vnet, zone, digest }));
}
