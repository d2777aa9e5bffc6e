import type { StorageDefinition } from '../host.ts';
import { formatSections, parseSections, type Section } from './section-config.ts';

const TYPES: readonly StorageDefinition['type'][] = ['dir', 'lvmthin', 'rbd', 'cephfs', 'nfs', 'zfspool', 'lvm'];
const SHARED: ReadonlySet<string> = new Set(['rbd', 'cephfs', 'nfs']);

/**
 * Reads `storage.cfg`; storages of types that the sandbox does not model are left out. Network storages are shared
 * whatever the file says (pve-storage: PVE/Storage/Plugin.pm).
 */
export function parseStorageCfg(text: string): readonly StorageDefinition[] {
  return parseSections(text).flatMap((section) => {
    const type = TYPES.find((known) => known === section.type);
    return type === undefined ? [] : [definitionOf(section, type)];
  });
}

function definitionOf(section: Section, type: StorageDefinition['type']): StorageDefinition {
  const { content, shared, nodes, path, ...options } = section.values;
  const isCephfs = type === 'cephfs';
  return {
    id: section.id,
    type,
    content: (content ?? (isCephfs ? 'vztmpl,iso,backup' : 'images,rootdir')).split(','),
    shared: SHARED.has(type) || shared === '1',
    ...(nodes === undefined ? {} : { nodes: nodes.split(',') }),
    ...(path === undefined ? {} : { path }),
    options,
  };
}

/** The text of `storage.cfg`. */
export function formatStorageCfg(storages: readonly StorageDefinition[]): string {
  return formatSections(
    storages.map((storage) => ({ type: storage.type, id: storage.id, values: storageValues(storage) })),
  );
}

/** The keys of a storage's section, as they stand in the file. */
export function storageValues(storage: StorageDefinition): Readonly<Record<string, string>> {
  return {
    ...(storage.path === undefined ? {} : { path: storage.path }),
    content: storage.content.join(','),
    ...(storage.nodes === undefined ? {} : { nodes: storage.nodes.join(',') }),
    ...(storage.shared && !SHARED.has(storage.type) ? { shared: '1' } : {}),
    ...storage.options,
  };
}
