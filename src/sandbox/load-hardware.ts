import { GIB, parseSize, TIB } from '../core/units.ts';
import type { NodeState, StorageDefinition, Volume } from './host.ts';
import { MADE_AT } from './worlds/build.ts';
import { volumesOf } from './worlds/guest-text.ts';
import type { WorldGuest } from './worlds/world.ts';

/** How many CPUs a loaded node has. */
export const CPUS = 16;

/** The volumes of all guests, each once, and the images in their drives. */
export function uniqueVolumes(guests: readonly WorldGuest[], storages: readonly StorageDefinition[]): Iterable<Volume> {
  const found = new Map<string, Volume>();
  for (const guest of guests) {
    for (const volume of [...volumesOf(guest, storages), ...imagesOf(guest, storages)]) {
      found.set(`${volume.node ?? ''} ${volume.volid}`, volume);
    }
  }
  return found.values();
}

function imagesOf({ node, config }: WorldGuest, storages: readonly StorageDefinition[]): readonly Volume[] {
  return [...config.matchAll(/^\w+\d: (([^:\s,]+):iso\/[^,\s]+)(?:,(\S*))?$/gm)].flatMap(
    ([, volid = '', id, options]) => {
      const storage = storages.find((candidate) => candidate.id === id);
      if (storage === undefined) return [];
      const size = parseSize(/(?:^|,)size=([^,]+)/.exec(options ?? '')?.[1] ?? '') ?? 0;
      const place = storage.shared ? {} : { node };
      return [{ volid, storage: storage.id, content: 'iso', format: 'iso', size, ctime: MADE_AT, ...place }];
    },
  );
}

/** A storage of 1 TiB, or of twice what the volumes take; what else uses it is not known. */
export function capacityOf(
  storage: string,
  volumes: readonly Volume[],
): { readonly total: number; readonly used: number } {
  const used = volumes.filter((volume) => volume.storage === storage).reduce((sum, { size }) => sum + size, 0);
  return { total: Math.max(TIB, 2 * used), used: 0 };
}

/** The bridges that the guests name, and `vmbr0`. */
export function bridgesOf(guests: readonly WorldGuest[]): readonly string[] {
  const named = guests.flatMap(({ config }) =>
    [...config.matchAll(/\bbridge=([\w.-]+)/g)].map(([, name = '']) => name),
  );
  return [...new Set(['vmbr0', ...named])].sort();
}

/** The volume groups and ZFS pools that the storages stand on. */
export function poolsOf(storages: readonly StorageDefinition[]): readonly string[] {
  return storages.flatMap(({ type, options }) => {
    const name = type === 'zfspool' ? options['pool']?.split('/')[0] : options['vgname'];
    return name === undefined ? [] : [name];
  });
}

/** A node with twice the memory that its guests may use, and 32 GiB at least. */
export function nodeState(
  name: string,
  guests: readonly WorldGuest[],
  hardware: Pick<NodeState, 'bridges' | 'pools'>,
): NodeState {
  const wanted = guests
    .filter(({ node }) => node === name)
    .map(({ config }) => Number(/^memory: (?:current=)?(\d+)/m.exec(config)?.[1] ?? 512) / 1024)
    .reduce((sum, gibibytes) => sum + gibibytes, 0);
  const memory = Math.max(32, Math.ceil(2 * wanted)) * GIB;
  return { name, cpus: CPUS, memory, memoryUsed: 4 * GIB, online: true, ...hardware };
}
