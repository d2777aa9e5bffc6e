import type { Row } from './decode.ts';

/** The sorts of mappings, as `/cluster/mapping` has them. */
export type MappingType = 'pci' | 'usb' | 'dir';

/** A mapping of the cluster: which device or directory an id means on which node. */
export interface MappingRow {
  readonly id: string;
  /** The nodes on which it means something. */
  readonly nodes: readonly string[];
}

/** A mapping from a row of `/cluster/mapping/{type}` (pve-manager: PVE/API2/Cluster/Mapping/PCI.pm, index). */
export function decodeMapping(row: Row): MappingRow {
  const map = row.raw('map');
  const entries = Array.isArray(map) ? map.map(String) : [];
  const nodes = entries.map((entry) => /(?:^|,)node=([^,]+)/.exec(entry)?.[1]).filter((node) => node !== undefined);
  return { id: row.text('id'), nodes: [...new Set(nodes)] };
}
