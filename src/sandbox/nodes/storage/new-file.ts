import { createHash } from 'node:crypto';
import { failure, parameterFailure } from '../../api-error.ts';
import type { StorageDefinition, TaskContext, Volume } from '../../host.ts';
import type { HouseCall } from '../../house.ts';
import { isActive } from '../../storage/activate.ts';
import { storageOf } from './volume.ts';
import { folderOf } from './volume-path.ts';

/** A file that a request is about to put on a storage. */
export interface NewFile {
  readonly storage: StorageDefinition;
  readonly content: 'iso' | 'vztmpl' | 'import';
  readonly name: string;
  /** Where it will be on the node. */
  readonly path: string;
}

const ENDINGS: Readonly<Record<NewFile['content'], RegExp>> = {
  iso: /[^/]+\.(?:iso|img)$/i,
  vztmpl: /[^/]+\.(?:tar\.(?:gz|xz|zst|bz2))$/,
  import: /^[a-zA-Z0-9\-.+=_]+\.(?:ova|ovf|qcow2|raw|vmdk)$/,
};

/** What an upload or download is to make; throws as both calls do (pve-storage: PVE/API2/Storage/Status.pm). */
export function newFileOf(
  call: HouseCall,
  refuse: { noPath(type: string): string; noContent(storage: string, content: string): string },
): NewFile {
  const { host, params } = call;
  const storage = storageOf(call, String(params['storage']));
  if (storage.options['disable'] === '1') throw failure(`storage '${storage.id}' is disabled`);
  if (storage.path === undefined) throw failure(refuse.noPath(storage.type));
  // The API facts' enum has vouched for the content type.
  const content = String(params['content']) as NewFile['content'];
  if (!storage.content.includes(content)) throw failure(refuse.noContent(storage.id, content));
  const name = normalizedName(String(params['filename']));
  if (!ENDINGS[content].test(name)) {
    throw parameterFailure({
      filename: content === 'import' ? 'invalid filename or wrong extension' : 'wrong file extension',
    });
  }
  if (!isActive(host, storage, String(params['node']))) throw failure(`storage '${storage.id}' is not online`);
  return { storage, content, name, path: `${folderOf(storage, content)}/${name}` };
}

/** The last part of a path, with what a file name should not have replaced (Storage.pm, normalize_content_filename). */
function normalizedName(text: string): string {
  return (text.split('/').at(-1) ?? '').replace(/[^a-zA-Z0-9+\-.=_]/g, '_');
}

/** Compares a file with the checksum that the request names, if any; throws where they differ. */
export function checkChecksum({ params }: HouseCall, task: TaskContext, data: Buffer): void {
  const algorithm = params['checksum-algorithm'];
  const expected = params['checksum'];
  if (algorithm === undefined || expected === undefined) return;
  const actual = createHash(String(algorithm)).update(data).digest('hex');
  if (actual.toLowerCase() !== String(expected).toLowerCase()) {
    task.log('calculating checksum...');
    throw failure(`checksum mismatch: got '${actual}' != expect '${expected}'`);
  }
  task.log('calculating checksum...OK, checksum verified');
}

/**
 * What a download does where the file is there: one with the wanted checksum is done already, another is never replaced
 * (pve-common: PVE/Tools.pm, download_file_from_url).
 */
export function checkExisting({ params }: HouseCall, task: TaskContext, existing: Volume, path: string): void {
  const expected = params['checksum'];
  if (expected === undefined) throw failure(`refusing to override existing file '${path}'`);
  const actual = params['checksum-algorithm'] === 'sha256' ? existing.sha256 : undefined;
  if (actual?.toLowerCase() !== String(expected).toLowerCase()) {
    task.log('calculating checksum of existing file...');
    throw failure(`checksum mismatch: got '${actual ?? ''}' != expect '${expected}', aborting`);
  }
  task.log('calculating checksum of existing file...OK, got correct file already, no need to download');
}

/** Puts the file on the storage, in place of one of that name. */
export function storeFile(
  { host, params }: HouseCall,
  { storage, content, name }: NewFile,
  size: number,
  found: Pick<Volume, 'diskSize' | 'sha256'> = {},
): void {
  const ending = name.split('.').at(-1) ?? '';
  const compressed = /\.tar\.(gz|xz|zst|bz2)$/.exec(name)?.[1];
  const formats = { iso: 'iso', vztmpl: `t${compressed === 'gz' ? 'gz' : compressed}`, import: ending };
  host.volumes.put({
    ...{ volid: `${storage.id}:${content}/${name}`, storage: storage.id, content, format: formats[content], size },
    ctime: Math.floor(host.clock.now() / 1000),
    ...found,
    ...(storage.shared ? {} : { node: String(params['node']) }),
  });
}

/** Throws where a file is larger than what is free. */
export function checkRoom({ host, params }: HouseCall, { storage }: NewFile, size: number): void {
  const { total, used } = host.volumes.capacity(storage.id, String(params['node']));
  if (total - used < size) throw failure('No space left on device');
}
