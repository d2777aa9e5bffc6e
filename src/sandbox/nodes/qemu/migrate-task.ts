import { ApiError, failure } from '../../api-error.ts';
import type { TaskContext } from '../../host.ts';
import { checkStorageOn } from './allocate-volume.ts';
import type { GuestDraft } from './draft.ts';
import { checkLock, type GuestScope, isRunning, loadDraft, writeDraft } from './guest.ts';
import { type GuestVolume, guestVolumes } from './guest-volumes.ts';
import { snapshotNames, snapshotOf, withSnapshot } from './snapshot-section.ts';
import { isFileStorage, ownerOf, storageNamed } from './storage-access.ts';
import { freeVolume } from './unused-volume.ts';

/** Where a guest goes. */
export interface Migration {
  readonly target: string;
  /** Whether the local disks of a running guest may go along. */
  readonly withLocalDisks: boolean;
  /** The storage on the target for the volumes of a local storage. */
  storages(storage: string): string;
}

const MOVABLE: ReadonlySet<string> = new Set(['dir', 'btrfs', 'zfspool', 'lvmthin', 'lvm']);

/**
 * Starts the task that moves a guest to another node: it is locked at first, then local volumes are copied there and a running guest goes on
 * running (qemu-server: PVE/QemuMigrate.pm). Where it cannot, the log says why and the task fails with `migration
 * aborted`.
 */
export function migrationTask(scope: GuestScope, migration: Migration): string {
  const started: { finish?: () => void } = {};
  const logged = (task: TaskContext): GuestScope => ({ ...scope, log: (line) => task.log(line) });
  return scope.host.tasks.start({
    ...{ node: scope.node, type: 'qmigrate', id: String(scope.vmid), user: scope.user },
    begin(task) {
      started.finish = beginMigration(logged(task), migration);
    },
    run: () => started.finish?.(),
  });
}

/** Checks and locks the guest; returns what is left to be done. */
function beginMigration(scope: GuestScope, migration: Migration): () => void {
  const { host, vmid } = scope;
  const stamped: GuestScope = { ...scope, log: (line) => scope.log(`${timeOf(host.clock.now())} ${line}`) };
  const begin = host.clock.now();
  const duration = (): string => new Date(host.clock.now() - begin).toISOString().slice(11, 19);
  const abort = (error: unknown): never => {
    if (!(error instanceof ApiError)) throw error;
    stamped.log(`ERROR: migration aborted (duration ${duration()}): ${error.message}`);
    throw failure('migration aborted');
  };
  try {
    if (host.nodes.get(migration.target)?.online !== true) throw failure(`Can't connect to node '${migration.target}'`);
    const draft = loadDraft(scope);
    checkLock(draft);
    stamped.log(`starting migration of VM ${vmid} to node '${migration.target}'`);
    const volumes = localVolumes(stamped, migration);
    draft.current.set('lock', 'migrate');
    writeDraft(scope, draft);
    return () => {
      try {
        move(stamped, migration, volumes);
      } catch (error) {
        abort(error);
      }
      stamped.log(`migration finished successfully (duration ${duration()})`);
    };
  } catch (error) {
    return abort(error);
  }
}

/** Copies the volumes and moves the config; the guest is unlocked, whether it goes well or not. */
function move(scope: GuestScope, migration: Migration, volumes: readonly GuestVolume[]): void {
  const { host, vmid } = scope;
  const made: string[] = [];
  const draft = loadDraft(scope);
  draft.current.delete('lock');
  try {
    if (host.nodes.get(migration.target)?.online !== true) throw failure(`Can't connect to node '${migration.target}'`);
    if (volumes.length > 0 && !isRunning(scope)) scope.log('copying local disk images');
    for (const volume of volumes) {
      const volid = copyTo(scope, volume, migration);
      made.push(volid);
      scope.log(`volume '${volume.volid}' is '${volid}' on the target`);
      replaceVolume(draft, volume.volid, volid);
    }
  } catch (error) {
    for (const volid of made) freeVolume({ ...scope, node: migration.target }, volid);
    const unchanged = loadDraft(scope);
    unchanged.current.delete('lock');
    writeDraft(scope, unchanged);
    throw error;
  }
  writeDraft(scope, draft);
  host.guests.move(vmid, migration.target);
  for (const volume of volumes) freeVolume(scope, volume.volid);
}

function timeOf(milliseconds: number): string {
  return new Date(milliseconds).toISOString().slice(0, 19).replace('T', ' ');
}

/** The volumes that have to be copied; throws where one of them cannot be. */
function localVolumes(scope: GuestScope, { target, withLocalDisks, storages }: Migration): readonly GuestVolume[] {
  const running = isRunning(scope);
  const local: GuestVolume[] = [];
  let isRefused = false;
  for (const volume of guestVolumes(scope)) {
    const reason = refusal(scope, volume, running, withLocalDisks);
    const place = volume.storage.shared ? volume.storage.id : storages(volume.storage.id);
    try {
      checkStorageOn(storageNamed(scope.host, place), target);
      if (reason !== undefined) throw failure(reason);
      if (!volume.storage.shared) local.push(volume);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      isRefused = true;
      scope.log(`can't migrate local disk '${volume.volid}': ${error.message}`);
    }
  }
  const scan = 'Problem found while scanning volumes -';
  if (isRefused) throw failure(`${scan} can't migrate VM - check log`);
  for (const { volid, storage } of local) {
    if (!MOVABLE.has(storage.type)) {
      throw failure(`${scan} can't migrate '${volid}' - storage type '${storage.type}' not supported`);
    }
    const base = /[:/]((?:\d+\/)?base-\d+-[^/]+)\//.exec(volid)?.[1];
    if (base !== undefined) throw failure(`${scan} can't migrate '${volid}' as it's a clone of '${base}'`);
  }
  return local;
}

function refusal(
  scope: GuestScope,
  volume: GuestVolume,
  running: boolean,
  withLocalDisks: boolean,
): string | undefined {
  const { volid, storage } = volume;
  if (storage.shared || volume.isCloudInit) return undefined;
  if (volume.isCdrom) return 'local cdrom image';
  const owner = ownerOf(volid);
  if (owner !== scope.vmid) return `owned by other VM (owner = VM ${owner ?? ''})`;
  if (volume.isState) return undefined;
  if (volume.isInSnapshot) {
    if (running) return 'online storage migration not possible if non-replicated snapshot exists';
    const format = scope.host.volumes.find(volid, scope.node)?.format;
    if (storage.type !== 'zfspool' && format !== 'qcow2') return 'non-migratable snapshot exists';
  }
  const isUsed = scope.host.volumes.list(storage.id, scope.node).some((other) => other.volid.startsWith(`${volid}/`));
  if (isUsed) return 'referenced by linked clone(s)';
  if (!running || withLocalDisks || !volume.isAttached) return undefined;
  return "can't live migrate attached local disks without with-local-disks option";
}

/** Copies a volume to the other node under its own name, or the lowest free one where that is taken there. */
function copyTo(scope: GuestScope, volume: GuestVolume, { target, storages }: Migration): string {
  const { volumes } = scope.host;
  const source = volumes.find(volume.volid, scope.node);
  if (source === undefined) throw failure(`volume '${volume.volid}' does not exist`);
  const storage = storageNamed(scope.host, storages(volume.storage.id));
  const isFile = isFileStorage(storage);
  const format = isFile ? source.format : 'raw';
  const stem = volume.volid.slice(volume.volid.search(/[/:][^/:]+$/) + 1).replace(/\.[a-z0-9]+$/, '');
  const name = isFile ? `${stem}.${format}` : stem;
  const isTaken = volumes
    .list(storage.id, target)
    .some(({ volid }) => volid.endsWith(`/${name}`) || volid.endsWith(`:${name}`));
  const request = { storage: storage.id, node: target, vmid: scope.vmid, format, size: source.size };
  return volumes.allocate(isTaken ? request : { ...request, name }).volid;
}

function replaceVolume(draft: GuestDraft, before: string, after: string): void {
  const replaceIn = (values: Map<string, string>): void => {
    for (const [key, text] of values) {
      if (text === before || text.startsWith(`${before},`)) values.set(key, after + text.slice(before.length));
    }
  };
  replaceIn(draft.current);
  replaceIn(draft.pending);
  for (const name of snapshotNames(draft.sections)) {
    const values = snapshotOf(draft.sections, name) ?? new Map<string, string>();
    replaceIn(values);
    draft.sections = withSnapshot(draft.sections, name, values);
  }
}
