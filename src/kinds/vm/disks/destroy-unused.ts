import { originOf, type Resource } from '../../../core/resource.ts';
import type { LiveState, ManagedValue } from '../../kind.ts';
import { attributeField } from '../ha/registration.ts';
import { type Draft, TIMEOUTS } from '../steps.ts';
import { ownerOf, unusedVolumes } from './volumes.ts';

/** Whether a document asks for the destruction of what its guest no longer uses. */
export function destroysUnused(resource: Resource): boolean {
  return resource.spec['unused'] === 'destroy';
}

function isWanted(volume: string, desired: readonly ManagedValue[]): boolean {
  return desired.some((managed) => managed.sub === 'file' && managed.value === volume);
}

/** The unused volumes that go with `unused: destroy`: the guest's own by their names, and none that is attached again. */
function doomed(
  unused: ReadonlyMap<string, string>,
  vmid: number,
  desired: readonly ManagedValue[],
): readonly (readonly [key: string, volume: string])[] {
  return [...unused].filter(([, volume]) => ownerOf(volume) === vmid && !isWanted(volume, desired));
}

/** The unused volumes of a live guest as values that are managed as absent, where the document destroys them. */
export function unusedValues(
  resource: Resource,
  live: LiveState,
  vmid: number,
  desired: readonly ManagedValue[],
): readonly ManagedValue[] {
  if (!destroysUnused(resource)) return [];
  const origin = originOf(resource, '/unused').text;
  const field = { ...attributeField('unused', 'string', 'I'), privilege: 'VM.Config.Disk' };
  return doomed(unusedVolumes(live), vmid, desired).map(([key]) => ({
    path: `unused.${key}`,
    key,
    field,
    value: undefined,
    origin,
    builtIn: false,
    losesData: true,
  }));
}

/**
 * The steps that destroy unused volumes, one each: those the guest has had and those that the steps before leave. Each
 * runs only where its key still holds that very volume.
 */
export function destroyDrafts(
  resource: Resource,
  path: string,
  vmid: number,
  unused: ReadonlyMap<string, string>,
  desired: readonly ManagedValue[],
): readonly Draft[] {
  if (!destroysUnused(resource)) return [];
  return doomed(unused, vmid, desired).map(([key, volume]) => ({
    title: `destroy ${key}: ${volume}`,
    effect: 'data-loss',
    // A volume may take long to remove, where the synchronous call is cut off after 30 s.
    request: { method: 'POST', path: `${path}/config`, params: { delete: key } },
    removes: [volume],
    expects: { volumes: { [key]: volume } },
    await: { for: 'task', timeoutMs: TIMEOUTS.volume },
  }));
}
