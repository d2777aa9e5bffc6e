import { failure } from '../../api-error.ts';
import type { StorageDefinition, Volume } from '../../host.ts';
import { STORAGE_TYPES } from '../../storage/storage-types.ts';

const FOLDERS: Readonly<Record<string, string>> = {
  iso: 'template/iso',
  vztmpl: 'template/cache',
  backup: 'dump',
  snippets: 'snippets',
  import: 'import',
};

/** The folder below a storage's path that holds a type of content (Plugin.pm, get_subdir). */
export function folderOf(storage: StorageDefinition, content: string): string {
  const override = storage.options['content-dirs']?.split(',').find((pair) => pair.startsWith(`${content}=`));
  const folder = override?.slice(content.length + 1).replace(/^\//, '') ?? FOLDERS[content] ?? content;
  return `${storage.path ?? ''}/${folder}`;
}

/** What a volume is and whose, by its name alone; throws where no volume has such a name (Plugin.pm, parse_volname). */
export function vtypeOf(
  storage: StorageDefinition,
  volid: string,
): { readonly content: Volume['content']; readonly vmid: number | undefined } {
  const name = volid.slice(storage.id.length + 1);
  const isFile = STORAGE_TYPES[storage.type].isFile;
  const [, folder, file = ''] = /^(iso|vztmpl|backup|snippets|import)\/(.+)$/.exec(name) ?? [];
  if (isFile && folder !== undefined) {
    const owner = /^vzdump-(?:qemu|lxc)-(\d+)-/.exec(file)?.[1];
    return { content: folder as Volume['content'], vmid: owner === undefined ? undefined : Number(owner) };
  }
  const pattern = isFile ? /^(?:\d+\/[^/]+\/)?(\d+)\/[^/]+$/ : /^(?:[^/]+\/)?(?:vm|base|subvol|basevol)-(\d+)-[^/]+$/;
  const vmid = pattern.exec(name)?.[1];
  if (vmid === undefined) {
    throw failure(
      isFile
        ? `unable to parse directory volume name '${name}'\n`
        : `unable to parse ${storage.type} volume name '${name}'\n`,
    );
  }
  return { content: 'images', vmid: Number(vmid) };
}

/** Where a volume is on its node (PVE/Storage/*Plugin.pm, path and filesystem_path). */
export function pathOfVolume(storage: StorageDefinition, volid: string): string {
  const name = volid.slice(storage.id.length + 1);
  const { options, type } = storage;
  if (STORAGE_TYPES[type].isFile) {
    const [, folder, file] = /^(iso|vztmpl|backup|snippets|import)\/(.+)$/.exec(name) ?? [];
    if (folder !== undefined && file !== undefined) return `${folderOf(storage, folder)}/${file}`;
    // A linked clone's name begins with its base image.
    return `${folderOf(storage, 'images')}/${name.split('/').slice(-2).join('/')}`;
  }
  const last = name.split('/').at(-1) ?? name;
  if (type === 'lvm' || type === 'lvmthin') return `/dev/${options['vgname']}/${last}`;
  if (type === 'zfspool') return `/dev/zvol/${options['pool']}/${last}`;
  if (type === 'rbd') return `rbd:${options['pool'] ?? 'rbd'}/${last}`;
  return name;
}
