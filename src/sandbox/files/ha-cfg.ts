import type { HaResource } from '../host.ts';
import { formatSections, parseSections } from './section-config.ts';

/** Reads `ha/resources.cfg` (pve-ha-manager: PVE/HA/Resources.pm). */
export function parseHaCfg(text: string): Map<string, HaResource> {
  const resources = new Map<string, HaResource>();
  for (const { type, id, values } of parseSections(text)) {
    if (type === 'vm' || type === 'ct') resources.set(`${type}:${id}`, { sid: `${type}:${id}`, type, options: values });
  }
  return resources;
}

/** The text of `ha/resources.cfg`. */
export function formatHaCfg(resources: ReadonlyMap<string, HaResource>): string {
  return formatSections(
    [...resources.values()].map(({ sid, type, options }) => ({
      type,
      id: sid.slice(type.length + 1),
      values: options,
    })),
  );
}
