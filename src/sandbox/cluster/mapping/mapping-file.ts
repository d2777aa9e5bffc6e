/** A kind of device that mappings name for guests. */
export type MappingType = 'pci' | 'usb' | 'dir';

/** A mapping: a name for devices, one for each node at least. */
export interface Mapping {
  readonly id: string;
  /** Property strings, as they stand in the file. */
  readonly map: readonly string[];
  readonly values: Readonly<Record<string, string>>;
}

/** Where the mappings of each type stand (pve-guest-common: PVE/Mapping/*.pm). */
export const MAPPING_FILES: Readonly<Record<MappingType, string>> = {
  pci: 'mapping/pci.cfg',
  usb: 'mapping/usb.cfg',
  dir: 'mapping/directory.cfg',
};

/** Reads a file of mappings: sections without a type, with a line for each `map`. */
export function parseMappings(text: string): readonly Mapping[] {
  const found: { id: string; map: string[]; values: Record<string, string> }[] = [];
  for (const line of text.split('\n')) {
    const id = /^([A-Za-z][\w-]+)\s*$/.exec(line)?.[1];
    if (id !== undefined) found.push({ id, map: [], values: {} });
    const [, key, value] = /^\s+(\S+)\s+(.*?)\s*$/.exec(line) ?? [];
    const mapping = found.at(-1);
    if (mapping === undefined || key === undefined || value === undefined) continue;
    if (key === 'map') mapping.map.push(value);
    else mapping.values[key] = value;
  }
  return found;
}

/** The text of a file of mappings. */
export function formatMappings(mappings: readonly Mapping[]): string {
  return mappings
    .map(({ id, map, values }) => {
      const rest = Object.keys(values).sort();
      const lines = [...map.map((item) => `\tmap ${item}\n`), ...rest.map((key) => `\t${key} ${values[key]}\n`)];
      return `${id}\n${lines.join('')}\n`;
    })
    .join('');
}
