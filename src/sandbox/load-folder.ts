import { randomUUID } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { PvevmError } from '../core/error.ts';
import { GIB, parseSize, TIB } from '../core/units.ts';
import type { FactVersion } from '../pve/facts/fact-versions.ts';
import { parseSections } from './files/section-config.ts';
import { openStateFolder, type StateFolder } from './files/state-folder.ts';
import { parseStorageCfg } from './files/storage-cfg.ts';
import { formatTokenCfg, formatUserCfg, parseUserCfg } from './files/user-cfg.ts';
import type { NodeState, StorageDefinition, Volume } from './host.ts';
import { SANDBOX_TOKEN } from './owner.ts';
import { formatSandboxJson, SANDBOX_JSON } from './sandbox-json.ts';
import { MADE_AT } from './worlds/build.ts';
import { volumesOf } from './worlds/guest-text.ts';
import type { WorldGuest } from './worlds/world.ts';

/** What to load, and as what. */
export interface LoadRequest {
  /** A copy of `/etc/pve`; it is only read. */
  readonly from: string;
  /** The folder of the new sandbox. */
  readonly directory: string;
  readonly version: FactVersion;
  readonly seed: number;
}

/** What was loaded, and what was not. */
export interface LoadReport {
  readonly clusterName: string | null;
  readonly nodes: readonly string[];
  readonly guests: number;
  readonly storages: number;
  readonly volumes: number;
  /** What the sandbox cannot use, or had to make up; a sentence each. */
  readonly notes: readonly string[];
}

/** Files of the cluster that are taken as they are, where they are there. */
const FILES: readonly string[] = ['storage.cfg', 'datacenter.cfg', 'domains.cfg', 'jobs.cfg', 'corosync.conf'];
const FOLDERS: readonly string[] = ['ha', 'firewall', 'mapping'];
const CPUS = 16;

/**
 * Makes a sandbox's folder of a copy of a real `/etc/pve`: its configuration as it is, and what is not configuration made
 * up: nodes, volumes by the disks of the guests, all guests stopped. Of `priv/` only the tokens are taken. Throws
 * `CONFIG` where the source is no such copy, or the folder is in use.
 */
export function loadSandbox({ from, directory, version, seed }: LoadRequest): LoadReport {
  checkFolders(from, directory);
  const notes: string[] = [];
  const folder = openStateFolder(directory);
  const storages = parseStorageCfg(textOf(join(from, 'storage.cfg')));
  const corosync = textOf(join(from, 'corosync.conf'));
  const names = nodeNames(from, corosync);
  const guests = names.flatMap((node) => guestsOf(from, node, notes));
  for (const { node, vmid, config } of guests) folder.write(`nodes/${node}/qemu-server/${vmid}.conf`, config);
  copyFiles(from, folder);
  writeAccess(from, folder);
  noteStorages(textOf(join(from, 'storage.cfg')), storages, notes);
  const volumes = [...uniqueVolumes(guests, storages)];
  const clusterName = /^\s*cluster_name:\s*(\S+)/m.exec(corosync)?.[1] ?? (names.length > 1 ? 'loaded' : null);
  const bridges = bridgesOf(guests);
  notes.push(
    `Nodes have ${CPUS} CPUs and the bridges ${bridges.join(', ')}; all are online, and all guests are stopped.`,
  );
  folder.write(
    SANDBOX_JSON,
    formatSandboxJson({
      ...{ format: 1, owner: null, version, world: 'loaded', clusterName, random: seed, tasks: [], power: {} },
      nodes: names.map((name) => nodeState(name, guests, { bridges, pools: poolsOf(storages) })),
      capacities: Object.fromEntries(storages.map(({ id }) => [id, capacityOf(id, volumes)])),
      volumes,
      inactive: [],
    }),
  );
  return {
    clusterName,
    nodes: names,
    guests: guests.length,
    storages: storages.length,
    volumes: volumes.length,
    notes,
  };
}

function checkFolders(from: string, directory: string): void {
  if (!existsSync(join(from, 'nodes'))) {
    throw new PvevmError('CONFIG', `cannot load ${from}: it is no copy of /etc/pve (it has no folder 'nodes')`);
  }
  const inside = relative(resolve(from), resolve(directory));
  if (inside === '' || (!inside.startsWith('..') && !inside.startsWith('/'))) {
    throw new PvevmError('CONFIG', `cannot load ${from} into ${directory}: the source is only read`);
  }
  if (existsSync(directory) && readdirSync(directory).length > 0) {
    throw new PvevmError('CONFIG', `cannot load into ${directory}: the folder is not empty`, {
      hints: ['Reset the sandbox there (pvevm sandbox reset), or name another folder with --dir.'],
    });
  }
}

function textOf(path: string): string {
  return existsSync(path) && statSync(path).isFile() ? readFileSync(path, 'utf8') : '';
}

function namesIn(path: string): readonly string[] {
  return existsSync(path) && statSync(path).isDirectory() ? readdirSync(path).sort() : [];
}

function nodeNames(from: string, corosync: string): readonly string[] {
  const nodes = [...corosync.matchAll(/^\s*node\s*\{([^}]*)\}/gm)];
  const listed = nodes.flatMap(([, body = '']) => /^\s*name:\s*(\S+)/m.exec(body)?.[1] ?? []);
  return [...new Set([...listed, ...namesIn(join(from, 'nodes'))])].sort();
}

function guestsOf(from: string, node: string, notes: string[]): readonly WorldGuest[] {
  const containers = namesIn(join(from, 'nodes', node, 'lxc')).filter((name) => name.endsWith('.conf'));
  if (containers.length > 0) {
    const ids = containers.map((name) => name.replace('.conf', '')).join(', ');
    notes.push(`Containers are not simulated; left out on ${node}: ${ids}.`);
  }
  return namesIn(join(from, 'nodes', node, 'qemu-server')).flatMap((name) => {
    const vmid = Number(/^([1-9]\d{2,8})\.conf$/.exec(name)?.[1]);
    if (!Number.isNaN(vmid)) return [{ vmid, node, config: textOf(join(from, 'nodes', node, 'qemu-server', name)) }];
    notes.push(`nodes/${node}/qemu-server/${name} is no config file of a guest; left out.`);
    return [];
  });
}

function copyFiles(from: string, folder: StateFolder): void {
  const inFolders = FOLDERS.flatMap((name) => namesIn(join(from, name)).map((file) => `${name}/${file}`));
  for (const path of [...FILES, ...inFolders.filter((file) => /\.(?:cfg|fw)$/.test(file))]) {
    const text = textOf(join(from, path));
    if (text !== '') folder.write(path, text);
  }
}

/** The users and tokens as they are, and the token by which pvevm itself comes in. */
function writeAccess(from: string, folder: StateFolder): void {
  const access = parseUserCfg(textOf(join(from, 'user.cfg')), textOf(join(from, 'priv/token.cfg')));
  // The folder has no state yet, so no server can be running that this secret would open before its start.
  access.tokens.set(SANDBOX_TOKEN, { secret: randomUUID(), privsep: false, expire: 0 });
  if (!access.users.has('root@pam')) access.users.set('root@pam', { enable: true, expire: 0 });
  folder.write('user.cfg', formatUserCfg(access));
  folder.write('priv/token.cfg', formatTokenCfg(access));
}

function noteStorages(text: string, known: readonly StorageDefinition[], notes: string[]): void {
  for (const { type, id } of parseSections(text)) {
    if (!known.some((storage) => storage.id === id))
      notes.push(`Storage ${id} is of a type that is not simulated: ${type}.`);
  }
}

/** The volumes of all guests, each once, and the images in their drives. */
function uniqueVolumes(guests: readonly WorldGuest[], storages: readonly StorageDefinition[]): Iterable<Volume> {
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

function capacityOf(storage: string, volumes: readonly Volume[]): { readonly total: number; readonly used: number } {
  const used = volumes.filter((volume) => volume.storage === storage).reduce((sum, { size }) => sum + size, 0);
  return { total: Math.max(TIB, 2 * used), used: 0 };
}

function bridgesOf(guests: readonly WorldGuest[]): readonly string[] {
  const named = guests.flatMap(({ config }) =>
    [...config.matchAll(/\bbridge=([\w.-]+)/g)].map(([, name = '']) => name),
  );
  return [...new Set(['vmbr0', ...named])].sort();
}

/** The volume groups and ZFS pools that the storages stand on. */
function poolsOf(storages: readonly StorageDefinition[]): readonly string[] {
  return storages.flatMap(({ type, options }) => {
    const name = type === 'zfspool' ? options['pool']?.split('/')[0] : options['vgname'];
    return name === undefined ? [] : [name];
  });
}

/** A node with twice the memory that its guests may use, and 32 GiB at least. */
function nodeState(
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
