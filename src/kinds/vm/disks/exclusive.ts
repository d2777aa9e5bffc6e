import type { Diagnostic } from '../../../core/diagnostic.ts';
import { isObject } from '../../../core/json.ts';
import { originOf, type Resource } from '../../../core/resource.ts';
import { vmFields } from '../../../generated/fields/vm.ts';
import type { LiveState, ManagedValue } from '../../kind.ts';
import { isIgnored } from '../ignored.ts';
import { isDisk, isDriveKey } from '../live.ts';
import { fieldOn } from '../project.ts';
import { specError } from '../vm-values.ts';

type DeviceMap = 'disks' | 'network';

function exclusiveMaps(resource: Resource): readonly DeviceMap[] {
  const maps = resource.spec['exclusive'];
  // The schema lets nothing else in.
  return Array.isArray(maps) ? (maps as readonly DeviceMap[]) : [];
}

function isEntry(map: DeviceMap, key: string, text: string): boolean {
  return map === 'network' ? /^net\d+$/.test(key) : isDriveKey(key) && isDisk(text);
}

/**
 * The live devices that a map named in `exclusive` lacks, as values that are managed as absent. A disk is a scsi, virtio,
 * sata or ide drive that is neither a medium nor a cloud-init drive; the EFI disk, the TPM's state and unused volumes
 * are none. A path in `ignore` is left alone here too.
 */
export function exclusiveValues(resource: Resource, live: LiveState): readonly ManagedValue[] {
  return exclusiveMaps(resource).flatMap((map) => {
    const listed = resource.spec[map];
    const field = vmFields.find((candidate) => candidate.path === `${map}.*`);
    if (field === undefined || !isObject(listed)) return [];
    const origin = originOf(resource, '/exclusive').text;
    return (
      [...new Map([...live.current, ...live.pending])]
        .filter(([key, text]) => isEntry(map, key, text) && !Object.hasOwn(listed, key))
        .map(([key]) => ({ path: `${map}.${key}`, key }))
        // Proxmox VE answers in random order, and two plans must be the same bytes.
        .sort((left, right) => (left.key < right.key ? -1 : 1))
        .filter(({ path }) => !isIgnored(resource, path))
        .map(({ path, key }) => ({ path, key, field: fieldOn(key, field), value: undefined, origin, builtIn: false }))
    );
  });
}

/**
 * A map that `exclusive` names must be written: one that is there by default alone, or not at all, would take away every
 * device of a guest whose document nobody finished.
 */
export function checkExclusive(resource: Resource): readonly Diagnostic[] {
  return exclusiveMaps(resource).flatMap((map, index) => {
    if (isObject(resource.spec[map]) && !originOf(resource, `/${map}`).builtIn) return [];
    const detail = `exclusive names ${map}, and the document has no ${map}. Write the devices that are to stay, or ${map}: {} for none.`;
    return [specError(resource, `/exclusive/${index}`, 'exclusive without its map', detail)];
  });
}
