import type { StorageRow } from './cluster-rows.ts';

/** Which node is asked what lies on a storage. */
export interface ContentNodes {
  /** The node itself; the one that was asked first where the storage is shared, and so the same, and available on both. */
  of(node: string, storage: string, contentType: string, storages: readonly StorageRow[]): string;
  forget(): void;
}

/** Nobody was asked yet. */
export function createContentNodes(): ContentNodes {
  const first = new Map<string, string>();
  return {
    of: (node, storage, contentType, storages) => {
      const isShared = (name: string): boolean =>
        storages.some(
          (row) => row.storage === storage && row.node === name && row.shared && row.status === 'available',
        );
      if (!isShared(node)) return node;
      const key = `${storage} ${contentType}`;
      const asked = first.get(key);
      if (asked !== undefined && isShared(asked)) return asked;
      first.set(key, node);
      return node;
    },
    forget: () => first.clear(),
  };
}
