import type { StorageDefinition } from '../host.ts';
import { STORAGE_TYPES, type StorageType, storageTypeNamed } from '../storage/storage-types.ts';
import { formatSections, parseSections, type Section } from './section-config.ts';

/**
 * Reads `storage.cfg`; network storages are shared whatever the file says (pve-storage: PVE/Storage/Plugin.pm). Types
 * that Proxmox VE does not have are left out.
 */
export function parseStorageCfg(text: string): readonly StorageDefinition[] {
  return parseSections(text).flatMap((section) => {
    const type = storageTypeNamed(section.type);
    return type === undefined ? [] : [definitionOf(section, type)];
  });
}

function definitionOf(section: Section, type: StorageType): StorageDefinition {
  const { content, nodes, path, ...options } = section.values;
  const { defaultContent, isShared } = STORAGE_TYPES[type];
  return {
    id: section.id,
    type,
    content: content === undefined ? defaultContent : content.split(','),
    shared: isShared || options['shared'] === '1',
    ...(nodes === undefined ? {} : { nodes: nodes.split(',') }),
    ...(path === undefined ? {} : { path }),
    options,
  };
}

/** The text of `storage.cfg`. */
export function formatStorageCfg(storages: readonly StorageDefinition[]): string {
  return formatSections(
    storages.map((storage) => ({ type: storage.type, id: storage.id, values: storageValues(storage) })),
    (type) => STORAGE_TYPES[storageTypeNamed(type) ?? 'dir'].required,
  );
}

/** The sections of types that Proxmox VE does not have, such as those of plugins: they stay as they are. */
export function foreignSections(text: string): string {
  return formatSections(parseSections(text).filter(({ type }) => storageTypeNamed(type) === undefined));
}

/** The keys of a storage's section, as they stand in the file. */
export function storageValues(storage: StorageDefinition): Readonly<Record<string, string>> {
  const isMarkedShared = storage.shared && !STORAGE_TYPES[storage.type].isShared;
  return {
    ...(storage.path === undefined ? {} : { path: storage.path }),
    content: storage.content.join(','),
    ...(storage.nodes === undefined ? {} : { nodes: storage.nodes.join(',') }),
    ...(isMarkedShared ? { shared: '1' } : {}),
    ...storage.options,
  };
}
