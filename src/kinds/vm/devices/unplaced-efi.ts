import { originOf, type Resource } from '../../../core/resource.ts';
import type { ManagedValue } from '../../kind.ts';
import { wantedFirmware } from '../wants.ts';

/**
 * The values of a new guest without the EFI disk of the built-in defaults where the guest has no disk: the default lies
 * on the storage of the first one, and has no shape without it. The firmware then starts with what it is built with
 * (qemu-server: PVE/QemuServer/OVMF.pm).
 */
export function withoutUnplacedEfi(resource: Resource, values: readonly ManagedValue[]): readonly ManagedValue[] {
  if (!originOf(resource, '/system/efi').builtIn) return values;
  if (wantedFirmware(resource).some(({ slot }) => slot === 'efidisk0')) return values;
  return values.filter(({ key }) => key !== 'efidisk0');
}
