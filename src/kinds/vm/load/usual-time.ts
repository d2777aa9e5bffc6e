import type { Step } from '../../../core/step.ts';
import { parseDiskSize } from '../../../pve/codecs/codecs.ts';
import { transferTime } from '../../transfer-time.ts';
import { isVolumeKey, storedParts } from '../live.ts';
import { startTime } from './start-time.ts';
import { volumeBytes } from './volume-bytes.ts';

/** The bytes that a request's new disks come to that are made from something; a step after it says how large they get. */
function importedBytes({ request }: Step, steps: readonly Step[]): number | undefined {
  const keys = Object.entries(request?.params ?? {}).flatMap(([key, value]) =>
    isVolumeKey(key) && storedParts(key, String(value))?.['import-from'] !== undefined ? [key] : [],
  );
  if (keys.length === 0) return undefined;
  const growing = steps.filter((step) => step.request?.path.endsWith('/resize') === true);
  const sizes = growing
    .map((step) => step.request?.params)
    .map((params) => (keys.includes(String(params?.['disk'])) ? (parseDiskSize(String(params?.['size'])) ?? 0) : 0));
  return sizes.reduce((sum, size) => sum + size, 0);
}

/**
 * How long a step may take where the document does not say, in milliseconds, by the size of what it copies, destroys or
 * starts; undefined where that is of no account. `texts` are the guest's config values before the plan, and `future` those
 * after it.
 */
export function usualTime(
  step: Step,
  steps: readonly Step[],
  texts: ReadonlyMap<string, string>,
  future: () => ReadonlyMap<string, string>,
): number | undefined {
  const { request, removes = [] } = step;
  if (request === undefined || step.await.for !== 'task') return undefined;
  const { method, path, params } = request;
  if (path.endsWith('/status/start')) return startTime(future(), step.expects?.lock === 'suspended');
  if (path.endsWith('/move_disk')) return transferTime(volumeBytes(texts, (_file, key) => key === params['disk']));
  // LVM may wipe what it frees, at 10 MiB a second unless told otherwise (pve-storage: PVE/Storage/LVMPlugin.pm).
  if (method === 'DELETE') return transferTime(volumeBytes(texts, (file) => removes.includes(file)));
  const imported = importedBytes(step, steps);
  return imported === undefined ? undefined : transferTime(imported);
}
