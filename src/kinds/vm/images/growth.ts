import { printDiskSize } from '../../../pve/codecs/codecs.ts';
import type { ManagedValue } from '../../kind.ts';
import { type Draft, TIMEOUTS } from '../steps.ts';
import { IMPORT_FROM } from './values.ts';

/**
 * The steps that bring new disks to their size after they were made from something: that alone says how large they are
 * at first. A disk of that size already is left as it is (qemu-server: PVE/API2/Qemu.pm, resize_vm).
 */
export function importGrowth(path: string, values: readonly ManagedValue[]): readonly Draft[] {
  return values
    .filter(({ sub }) => sub === IMPORT_FROM)
    .flatMap(({ key }): readonly Draft[] => {
      const size = values.find((managed) => managed.key === key && managed.sub === 'size')?.value;
      if (typeof size !== 'number') return [];
      const params = { disk: key, size: printDiskSize(size) };
      return [
        {
          title: `grow disk ${key} to ${params.size}`,
          effect: 'none',
          request: { method: 'PUT', path: `${path}/resize`, params },
          await: { for: 'task', timeoutMs: TIMEOUTS.volume },
        },
      ];
    });
}
