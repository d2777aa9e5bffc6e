import { randomUUID } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { PvevmError } from '../core/error.ts';
import type { FactVersion } from '../pve/facts/fact-versions.ts';
import { parseSections } from './files/section-config.ts';
import { madeWholly, openStateFolder, type StateFolder } from './files/state-folder.ts';
import { parseStorageCfg } from './files/storage-cfg.ts';
import { formatTokenCfg, formatUserCfg, parseUserCfg } from './files/user-cfg.ts';
import type { StorageDefinition } from './host.ts';
import { bridgesOf, CPUS, capacityOf, nodeState, poolsOf, uniqueVolumes } from './load-hardware.ts';
import { lineNotes, loginNote, unusedNotes } from './load-notes.ts';
import { openingError } from './opening-error.ts';
import { SANDBOX_TOKEN } from './owner.ts';
import { formatSandboxJson, SANDBOX_JSON } from './sandbox-json.ts';
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
const CONFIG_FILE = /^([1-9]\d{2,8})\.conf$/;

/**
 * Makes a sandbox's folder of a copy of a real `/etc/pve`: its configuration as it is, and what is not configuration made
 * up: nodes, volumes by the disks of the guests, all guests stopped. Of `priv/` only the tokens are taken. Throws
 * `CONFIG` where the source is no such copy, or the folder is in use.
 */
export function loadSandbox(request: LoadRequest): LoadReport {
  const { from, directory } = request;
  checkFolders(from, directory);
  try {
    return madeWholly(directory, () => load(request));
  } catch (error) {
    throw openingError(error, directory, {});
  }
}

function load({ from, directory, version, seed }: LoadRequest): LoadReport {
  const notes: string[] = [];
  const storages = parseStorageCfg(textOf(join(from, 'storage.cfg')));
  const corosync = textOf(join(from, 'corosync.conf'));
  const names = nodeNames(from, corosync);
  const guests = names.flatMap((node) => guestsOf(from, node, notes));
  checkTwins(from, guests);
  notes.push(...lineNotes(guests), ...unusedNotes(from));
  const folder = openStateFolder(directory);
  for (const name of names) copyContainers(from, name, folder);
  for (const { node, vmid, config } of guests) folder.write(`nodes/${node}/qemu-server/${vmid}.conf`, config);
  copyFiles(from, folder);
  writeAccess(from, folder);
  noteStorages(textOf(join(from, 'storage.cfg')), storages, notes);
  notes.push(loginNote(textOf(join(from, 'domains.cfg'))));
  const volumes = [...uniqueVolumes(guests, storages)];
  const clusterName = /^\s*cluster_name:\s*(\S+)/m.exec(corosync)?.[1] ?? (names.length > 1 ? 'loaded' : null);
  const bridges = bridgesOf(guests);
  const strangers = strangersOf(names, corosync);
  for (const name of strangers) notes.push(`Node ${name} is no member in corosync.conf, and counts as offline.`);
  notes.push(`Made up: each node has ${CPUS} CPUs and the bridges ${bridges.join(', ')}, and all guests are stopped.`);
  folder.write(
    SANDBOX_JSON,
    formatSandboxJson({
      ...{ format: 1, owner: null, version, world: 'loaded', clusterName, random: seed, tasks: [], power: {} },
      nodes: names.map((name) => ({
        ...nodeState(name, guests, { bridges, pools: poolsOf(storages) }),
        online: !strangers.includes(name),
      })),
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

/** The members that `corosync.conf` lists; none where the node stands alone. */
function membersOf(corosync: string): readonly string[] {
  const nodes = [...corosync.matchAll(/^\s*node\s*\{([^}]*)\}/gm)];
  return nodes.flatMap(([, body = '']) => /^\s*name:\s*(\S+)/m.exec(body)?.[1] ?? []);
}

function nodeNames(from: string, corosync: string): readonly string[] {
  return [...new Set([...membersOf(corosync), ...namesIn(join(from, 'nodes'))])].sort();
}

/** Nodes that left the cluster leave their folders behind. */
function strangersOf(names: readonly string[], corosync: string): readonly string[] {
  const members = membersOf(corosync);
  return members.length === 0 ? [] : names.filter((name) => !members.includes(name));
}

function guestsOf(from: string, node: string, notes: string[]): readonly WorldGuest[] {
  const containers = containersOn(from, node);
  if (containers.length > 0) {
    const ids = containers.map((name) => name.replace('.conf', '')).join(', ');
    notes.push(`Containers are not simulated, and only keep their ids; on ${node}: ${ids}.`);
  }
  return namesIn(join(from, 'nodes', node, 'qemu-server')).flatMap((name) => {
    const vmid = Number(CONFIG_FILE.exec(name)?.[1]);
    if (!Number.isNaN(vmid)) return [{ vmid, node, config: textOf(join(from, 'nodes', node, 'qemu-server', name)) }];
    notes.push(`nodes/${node}/qemu-server/${name} is no config file of a guest; left out.`);
    return [];
  });
}

function containersOn(from: string, node: string): readonly string[] {
  return namesIn(join(from, 'nodes', node, 'lxc')).filter((name) => CONFIG_FILE.test(name));
}

function copyContainers(from: string, node: string, folder: StateFolder): void {
  for (const name of containersOn(from, node)) {
    const path = `nodes/${node}/lxc/${name}`;
    folder.write(path, textOf(join(from, path)));
  }
}

/** pmxcfs has one config file of an id in the whole cluster: two say that the copy is of two moments. */
function checkTwins(from: string, guests: readonly WorldGuest[]): void {
  const nodeOf = new Map<number, string>();
  for (const { vmid, node } of guests) {
    const other = nodeOf.get(vmid);
    if (other !== undefined) {
      throw new PvevmError(
        'CONFIG',
        `cannot load ${from}: guest ${vmid} has a config file on ${other} and on ${node}`,
        {
          hints: ['Remove the one that is out of date from the copy.'],
        },
      );
    }
    nodeOf.set(vmid, node);
  }
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
