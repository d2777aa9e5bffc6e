import type { JsonObject } from '../../../core/json.ts';
import type { Step } from '../../../core/step.ts';
import type { Busy } from '../../step-loads.ts';
import { storageOf } from '../disks/volumes.ts';
import { isVolumeKey, storedParts } from '../live.ts';

// They take no more than a moment of the node: most of a shutdown's time is the guest's own.
const LIGHT = /\/status\/(?:shutdown|stop|reboot|resume)$/;

/** The storages on which the volumes of a guest lie, by its config values; media are none of its volumes. */
export function storagesIn(texts: ReadonlyMap<string, string>): readonly string[] {
  const found = [...texts].flatMap(([key, text]) => {
    const parts = isVolumeKey(key) ? storedParts(key, text) : undefined;
    return parts === undefined || parts['media'] === 'cdrom' ? [] : (storageOf(parts['file'] ?? '') ?? []);
  });
  return [...new Set(found)];
}

/** The storages on which a request makes volumes, and those from which it copies them. */
function allocating(params: JsonObject): readonly (string | undefined)[] {
  return Object.entries(params).flatMap(([key, value]) => {
    const parts = isVolumeKey(key) ? storedParts(key, String(value)) : undefined;
    const { file = '', 'import-from': source = '' } = parts ?? {};
    // qemu-server: PVE/QemuServer/Drive.pm, NEW_DISK_RE, and the drive of cloud-init.
    const isNew = /^[^:/\s]+:(?:\d+(?:\.\d+)?|cloudinit)$/.test(file);
    return isNew ? [storageOf(file), storageOf(source)] : [];
  });
}

/** Where a migration copies volumes from, and where to: the storages that its two nodes do not share. */
function copying(params: JsonObject, node: string, local: readonly string[]): Busy['storages'] {
  const pairs = String(params['targetstorage'] ?? '').split(',');
  const map = new Map(pairs.map((pair) => pair.split(':') as [string, string]));
  return local.flatMap((storage) => [
    { storage, node },
    { storage: map.get(storage) ?? storage, node: String(params['target']) },
  ]);
}

/**
 * What a step of a guest keeps busy: the node on which its task works, and the storages on which volumes are made, copied
 * or destroyed; undefined for a light step. `texts` are the guest's config values of before. A clone's step names the
 * storages itself (`storage:NAME`).
 */
export function busyOf(
  step: Step,
  texts: ReadonlyMap<string, string>,
  isLocal: (storage: string) => boolean,
): Busy | undefined {
  const { request, removes = [], loads = [] } = step;
  const [, node] = /^\/nodes\/([^/]+)\/qemu/.exec(request?.path ?? '') ?? [];
  if (request === undefined || node === undefined || LIGHT.test(request.path)) return undefined;
  if (step.await.for !== 'task' && step.await.for !== 'node') return undefined;
  const { path, params } = request;
  if (path.endsWith('/migrate')) return { node, storages: copying(params, node, storagesIn(texts).filter(isLocal)) };
  const moved = path.endsWith('/move_disk') ? [String(params['storage'])] : [];
  const named = [...loads.map((load) => load.slice('storage:'.length)), ...moved];
  const storages = [...named, ...allocating(params), ...removes.map(storageOf)];
  return { node, storages: storages.flatMap((storage) => (storage === undefined ? [] : [{ storage, node }])) };
}
