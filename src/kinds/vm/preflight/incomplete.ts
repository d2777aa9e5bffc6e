import type { Diagnostic } from '../../../core/diagnostic.ts';
import type { Change } from '../../../core/plan.ts';
import type { Resource } from '../../../core/resource.ts';
import type { Observation } from '../../kind.ts';
import { diskSources } from '../images/source.ts';
import { isDriveKey, isVolumeKey } from '../live.ts';
import { specError } from '../vm-values.ts';
import { wantedFirmware } from '../wants.ts';

/**
 * New devices of which the document says too little to make them: a disk without storage or size, an interface without
 * model. With the built-in defaults that cannot be; `defaults: none` leaves it to the document, and `ignore` takes it away.
 */
export function incompleteDevices(
  resource: Resource,
  observation: Observation,
  changes: readonly Change[],
): readonly Diagnostic[] {
  const { desired } = observation;
  return changes.flatMap(({ key, path, before, after, withdraws, state }) => {
    const device = desired.find((managed) => managed.key === key && managed.sub === undefined);
    if (
      state !== 'change' ||
      withdraws === true ||
      before !== null ||
      after === null ||
      device?.path !== path ||
      path === 'cloudInit'
    )
      return [];
    const says = (sub: string): boolean => desired.some((managed) => managed.key === key && managed.sub === sub);
    const lacks: string[] = [];
    if (says('file')) return [];
    if (isVolumeKey(key)) {
      if (!says('storage') && !wantedFirmware(resource).some((wanted) => wanted.slot === key)) lacks.push('storage');
      const isCopy = diskSources(resource).some(({ slot }) => slot === key);
      if (isDriveKey(key) && !says('size') && !isCopy) lacks.push('size');
    } else if (/^net\d+$/.test(key) && !says('model')) lacks.push('model');
    if (lacks.length === 0) return [];
    const why =
      resource.spec['defaults'] === 'none'
        ? 'with defaults: none nothing is filled in'
        : resource.spec['ignore'] === undefined
          ? 'there is no disk whose storage it could take'
          : 'what ignore names is not filled in';
    const detail = `${path} is not on the guest yet, and the document does not say its ${lacks.join(' and ')}: ${why}. Write ${lacks.map((name) => `${path}.${name}`).join(' and ')}.`;
    return [specError(resource, `/${path.replaceAll('.', '/')}`, 'a new device is not fully described', detail)];
  });
}
