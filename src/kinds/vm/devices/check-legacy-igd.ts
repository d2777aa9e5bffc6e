import type { Diagnostic } from '../../../core/diagnostic.ts';
import type { JsonObject } from '../../../core/json.ts';
import { type Resource, valueAt } from '../../../core/resource.ts';
import { specError } from '../vm-values.ts';

/** Why a device cannot be in legacy mode; undefined where it can, as far as the document says. */
function obstacle(resource: Resource, device: JsonObject): string | undefined {
  const display = valueAt(resource.spec, '/console/display/type');
  const machine = valueAt(resource.spec, '/system/machine/type');
  const addresses = [device['device'] ?? []].flat().flatMap((text) => String(text).split(';'));
  if (display !== undefined && display !== 'none') return 'needs console.display: none';
  if (typeof machine === 'string' && machine.includes('q35')) return 'needs system.machine: pc';
  if (device['romBar'] === false) return 'needs romBar, which is switched off';
  if (device['xVga'] === true) return 'excludes xVga';
  if (device['mdev'] !== undefined && device['mdev'] !== null) return 'excludes mdev';
  if (addresses.length > 1) return 'works with one function of a device only';
  if (addresses.some((address) => !/02(\.0)?$/.test(address))) return 'works with the host’s device 00:02.0 only';
  return undefined;
}

/** The rules of Intel graphics in legacy mode (qemu-server: PVE/QemuServer/PCI.pm, print_hostpci_devices). */
export function checkLegacyIgd(
  resource: Resource,
  devices: readonly (readonly [slot: string, device: JsonObject])[],
): readonly Diagnostic[] {
  const legacy = devices.filter(([, device]) => device['legacyIgd'] === true);
  return legacy.flatMap(([slot, device], index) => {
    const why = index > 0 ? `is for one device, which ${legacy[0]?.[0]} is` : obstacle(resource, device);
    if (why === undefined) return [];
    const detail = `devices.${slot}.legacyIgd ${why}.`;
    return [specError(resource, `/devices/${slot}/legacyIgd`, 'does not fit', detail)];
  });
}
