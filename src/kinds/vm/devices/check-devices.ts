import type { Diagnostic } from '../../../core/diagnostic.ts';
import { isObject, type Json, type JsonObject } from '../../../core/json.ts';
import { type Resource, valueAt } from '../../../core/resource.ts';
import { MIB } from '../../../core/units.ts';
import { sizeAt, specError } from '../vm-values.ts';
import { checkLegacyIgd } from './check-legacy-igd.ts';
import { hasXhci, isWindows } from './complete-values.ts';

type Slot = readonly [slot: string, device: JsonObject];

/** The devices of one sort that are there, by slot. */
function slotsOf(resource: Resource, sort: string): readonly Slot[] {
  const devices = resource.spec['devices'];
  if (!isObject(devices)) return [];
  return Object.entries(devices as JsonObject).flatMap(([slot, device]): readonly Slot[] =>
    slot.replace(/\d+$/, '') === sort && isObject(device) ? [[slot, device as JsonObject]] : [],
  );
}

function isSet(value: Json | undefined): boolean {
  return value !== undefined && value !== null;
}

/** Proxmox VE wants one of a device and a mapping (qemu-server: PVE/QemuServer/PCI.pm, USB.pm). */
function checkSource(resource: Resource, [slot, device]: Slot, raw: 'device' | 'host'): readonly Diagnostic[] {
  const path = `devices.${slot}`;
  const pointer = `/devices/${slot}`;
  const [hasRaw, hasMapping] = [isSet(device[raw]), isSet(device['mapping'])];
  if (hasRaw !== hasMapping) return [];
  return [
    hasRaw
      ? specError(
          resource,
          `${pointer}/mapping`,
          'two sources of one device',
          `${path} has ${raw} and mapping, which exclude each other. Write one of them.`,
        )
      : specError(
          resource,
          pointer,
          'no source of the device',
          `${path} does not say which device it is. Write ${path}.mapping or ${path}.${raw}.`,
        ),
  ];
}

/** Whether the machine is no q35; undefined where the document does not say. */
function lacksQ35(resource: Resource): boolean | undefined {
  const type = valueAt(resource.spec, '/system/machine/type');
  return type === undefined ? undefined : !/q35/.test(String(type ?? 'pc'));
}

function checkPci(resource: Resource, [slot, device]: Slot): readonly Diagnostic[] {
  if (device['pcie'] !== true || lacksQ35(resource) !== true) return [];
  const detail = `devices.${slot}.pcie needs a machine of q35. Write system.machine: q35, or leave pcie out.`;
  return [specError(resource, `/devices/${slot}/pcie`, 'does not fit', detail)];
}

const OLD_USB_SLOTS = 5;

/** The slots beyond the first five need the newer USB controller (PVE/QemuServer/USB.pm, assert_usb_index_is_useable). */
function checkUsbSlot(resource: Resource, [slot]: Slot): readonly Diagnostic[] {
  if (Number(slot.slice('usb'.length)) < OLD_USB_SLOTS) return [];
  const osType = valueAt(resource.spec, '/os/type');
  const machine = valueAt(resource.spec, '/system/machine/type');
  if (osType === undefined || hasXhci(machine === null ? undefined : (machine as string | undefined), String(osType)))
    return [];
  const detail = `devices.${slot} needs os.type l26, or win8 and newer, and a machine of 7.1 or newer. Others have usb0 to usb${OLD_USB_SLOTS - 1}.`;
  return [specError(resource, `/devices/${slot}`, 'no such slot with this machine', detail)];
}

/** PVE/QemuServer/Virtiofs.pm, assert_virtiofs_config. */
function checkVirtiofs(resource: Resource, [slot, device]: Slot): readonly Diagnostic[] {
  const osType = valueAt(resource.spec, '/os/type');
  if (device['exposeAcl'] !== true || typeof osType !== 'string' || !isWindows(osType)) return [];
  const detail = `devices.${slot}.exposeAcl does not work with Windows, which could not mount the directory. Leave it out.`;
  return [specError(resource, `/devices/${slot}/exposeAcl`, 'does not fit', detail)];
}

/** An error for a size that Proxmox VE counts in MiB and that is no whole number of them, or outside of its range. */
export function checkMebibytes(
  resource: Resource,
  path: string,
  [least, most]: readonly [least: number, most: number],
): readonly Diagnostic[] {
  const pointer = `/${path.replaceAll('.', '/')}`;
  const bytes = sizeAt(resource, pointer);
  if (bytes === undefined) return [];
  const written = String(valueAt(resource.spec, pointer));
  if (bytes % MIB !== 0)
    return [specError(resource, pointer, 'no whole size', `${path} is ${written}. Proxmox VE counts it in whole MiB.`)];
  if (bytes >= least * MIB && bytes <= most * MIB) return [];
  const range = most === Number.POSITIVE_INFINITY ? `${least}MiB or more` : `${least}MiB to ${most}MiB`;
  return [specError(resource, pointer, 'out of range', `${path} is ${written}. It is ${range}.`)];
}

/** The rules of devices, which Proxmox VE checks when they are written or when the guest starts. */
export function checkDevices(resource: Resource): readonly Diagnostic[] {
  const [pci, usb] = [slotsOf(resource, 'hostpci'), slotsOf(resource, 'usb')];
  return [
    ...pci.flatMap((slot) => [...checkSource(resource, slot, 'device'), ...checkPci(resource, slot)]),
    ...checkLegacyIgd(resource, pci),
    ...usb.flatMap((slot) => [...checkSource(resource, slot, 'host'), ...checkUsbSlot(resource, slot)]),
    ...slotsOf(resource, 'virtiofs').flatMap((slot) => checkVirtiofs(resource, slot)),
    ...checkMebibytes(resource, 'devices.ivshmem.size', [1, Number.POSITIVE_INFINITY]),
  ];
}
