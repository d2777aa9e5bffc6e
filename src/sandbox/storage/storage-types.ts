/** A type of storage that Proxmox VE has. */
export type StorageType =
  | 'btrfs'
  | 'cephfs'
  | 'cifs'
  | 'dir'
  | 'esxi'
  | 'glusterfs'
  | 'iscsi'
  | 'iscsidirect'
  | 'lvm'
  | 'lvmthin'
  | 'nfs'
  | 'pbs'
  | 'rbd'
  | 'zfs'
  | 'zfspool';

/** What a type of storage takes and holds. */
export interface StorageTypeFacts {
  /** Keys that its section must have, in the order of the file. */
  readonly required: readonly string[];
  /** Keys that cannot change after creation. */
  readonly fixed: readonly string[];
  /** Further keys, beside those that all types have. */
  readonly optional: readonly string[];
  /** Keys that are kept out of `storage.cfg`. */
  readonly secret: readonly string[];
  /** What it may hold. */
  readonly content: readonly string[];
  /** What it holds where its section says nothing. */
  readonly defaultContent: readonly string[];
  /** Whether all nodes see the same volumes, whatever the section says. */
  readonly isShared: boolean;
  /** Whether its volumes are files below a path. */
  readonly isFile: boolean;
}

const FILES = ['images', 'rootdir', 'vztmpl', 'iso', 'backup', 'snippets', 'none', 'import'];
const DISKS = ['images', 'rootdir', 'none'];
const FILE_KEYS = ['content-dirs', 'maxfiles', 'prune-backups', 'max-protected-backups', 'format', 'preallocation'];
const PATH_KEYS = ['mkdir', 'create-base-path', 'create-subdirs'];

function facts(required: string, values: Partial<StorageTypeFacts>): StorageTypeFacts {
  const names = required === '' ? [] : required.split(' ');
  return {
    ...{
      required: names,
      fixed: names,
      optional: [],
      secret: [],
      content: DISKS,
      defaultContent: ['images', 'rootdir'],
    },
    ...{ isShared: false, isFile: false },
    ...values,
  };
}

/** The types of storages, by name (pve-storage: PVE/Storage/*Plugin.pm, plugindata and options). */
export const STORAGE_TYPES: Readonly<Record<StorageType, StorageTypeFacts>> = {
  btrfs: facts('path', {
    ...{ isFile: true, content: FILES },
    optional: [...FILE_KEYS, ...PATH_KEYS, 'is_mountpoint', 'nocow', 'shared'],
  }),
  cephfs: facts('path', {
    ...{ isFile: true, isShared: true, secret: ['keyring'], defaultContent: ['backup'] },
    content: ['vztmpl', 'iso', 'backup', 'snippets', 'import', 'none'],
    optional: [...FILE_KEYS, ...PATH_KEYS, 'monhost', 'username', 'subdir', 'fs-name', 'fuse', 'options', 'keyring'],
  }),
  cifs: facts('path server share', {
    ...{ isFile: true, isShared: true, content: FILES, defaultContent: ['images'], secret: ['password'] },
    optional: [
      ...FILE_KEYS,
      ...PATH_KEYS,
      ...['username', 'password', 'domain', 'smbversion', 'subdir', 'options', 'snapshot-as-volume-chain'],
    ],
  }),
  dir: facts('path', {
    ...{ isFile: true, content: FILES },
    optional: [...FILE_KEYS, ...PATH_KEYS, 'is_mountpoint', 'shared', 'snapshot-as-volume-chain'],
  }),
  esxi: facts('server username', {
    ...{ content: ['import', 'none'], defaultContent: ['import'], secret: ['password'], isShared: false },
    optional: ['password', 'port', 'skip-cert-verification'],
  }),
  // Gone since 9.0, whose schema does not name it.
  glusterfs: facts('path volume', {
    ...{ isFile: true, isShared: true, content: FILES, defaultContent: ['images'] },
    optional: [...FILE_KEYS, ...PATH_KEYS, 'server', 'server2', 'transport'],
  }),
  iscsi: facts('portal target', { content: ['images', 'none'], defaultContent: ['images'], isShared: true }),
  iscsidirect: facts('portal target', { content: ['images', 'none'], defaultContent: ['images'], isShared: true }),
  lvm: facts('vgname', {
    fixed: ['vgname', 'base', 'snapshot-as-volume-chain'],
    optional: [
      ...['base', 'saferemove', 'saferemove_throughput', 'saferemove-stepsize', 'tagged_only'],
      ...['shared', 'snapshot-as-volume-chain'],
    ],
  }),
  lvmthin: facts('thinpool vgname', {}),
  nfs: facts('export path server', {
    ...{ isFile: true, isShared: true, content: FILES, defaultContent: ['images'] },
    optional: [...FILE_KEYS, ...PATH_KEYS, 'options', 'snapshot-as-volume-chain'],
  }),
  pbs: facts('datastore server', {
    ...{ isShared: true, content: ['backup', 'none'], defaultContent: ['backup'] },
    secret: ['password', 'encryption-key', 'master-pubkey'],
    optional: [
      ...['namespace', 'port', 'username', 'password', 'encryption-key', 'master-pubkey', 'fingerprint'],
      ...['skip-cert-verification', 'prune-backups', 'max-protected-backups'],
    ],
  }),
  rbd: facts('', {
    ...{ isShared: true, defaultContent: ['images'], secret: ['keyring'] },
    optional: ['pool', 'monhost', 'data-pool', 'namespace', 'username', 'krbd', 'keyring'],
  }),
  zfs: facts('blocksize iscsiprovider pool portal target', {
    ...{ isShared: true, content: ['images', 'none'], defaultContent: ['images'] },
    optional: ['sparse', 'nowritecache', 'lio_tpg', 'comstar_hg', 'comstar_tg', 'zfs-base-path'],
  }),
  zfspool: facts('pool', { optional: ['blocksize', 'sparse', 'mountpoint'] }),
};

const COMMON: readonly string[] = ['nodes', 'disable', 'content', 'bwlimit'];

/** Whether a type's section may have a key. */
export function takesKey(type: StorageType, key: string): boolean {
  const { required, optional } = STORAGE_TYPES[type];
  return COMMON.includes(key) || required.includes(key) || optional.includes(key);
}

/** The type of that name; undefined where there is none. */
export function storageTypeNamed(name: string): StorageType | undefined {
  return Object.hasOwn(STORAGE_TYPES, name) ? (name as StorageType) : undefined;
}
