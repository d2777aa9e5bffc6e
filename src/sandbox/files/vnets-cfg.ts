import { parseSections } from './section-config.ts';

/** The file that describes the networks of the cluster that nodes make themselves. */
export const VNETS_FILE = 'sdn/vnets.cfg';

/** The zone of each SDN vnet, by its name (pve-network: PVE/Network/SDN/VnetPlugin.pm). */
export function parseVnetsCfg(text: string): ReadonlyMap<string, string> {
  return new Map(
    parseSections(text).flatMap(({ type, id, values }) => {
      const { zone } = values;
      return type === 'vnet' && zone !== undefined ? [[id, zone]] : [];
    }),
  );
}
