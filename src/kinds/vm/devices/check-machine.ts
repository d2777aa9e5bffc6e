import type { Diagnostic } from '../../../core/diagnostic.ts';
import { isObject } from '../../../core/json.ts';
import { type Resource, valueAt } from '../../../core/resource.ts';
import { specError } from '../vm-values.ts';
import { printSmbios } from './smbios.ts';

const INTEL_WIDTHS = [39, 48];

/** PVE/QemuServer/Machine.pm, assert_valid_machine_property. */
function checkIommu(resource: Resource): readonly Diagnostic[] {
  const type = valueAt(resource.spec, '/system/machine/type');
  const viommu = valueAt(resource.spec, '/system/machine/viommu');
  const width = valueAt(resource.spec, '/system/machine/awBits');
  const diagnostics: Diagnostic[] = [];
  if (viommu === 'intel' && type !== undefined && !String(type).includes('q35')) {
    const detail = 'system.machine.viommu: intel needs a machine of q35. Write viommu: virtio, or type: q35.';
    diagnostics.push(specError(resource, '/system/machine/viommu', 'does not fit', detail));
  }
  if (typeof width !== 'number') return diagnostics;
  const detail =
    viommu === undefined || viommu === null
      ? 'system.machine.awBits needs a virtual IOMMU. Write viommu beside it.'
      : viommu === 'intel' && !INTEL_WIDTHS.includes(width)
        ? `system.machine.awBits is ${width}. With viommu: intel it is ${INTEL_WIDTHS.join(' or ')}.`
        : undefined;
  if (detail !== undefined) diagnostics.push(specError(resource, '/system/machine/awBits', 'does not fit', detail));
  return diagnostics;
}

// A uuid as Proxmox VE makes it, for the length of what will be stored.
const SOME_UUID = '00000000-0000-4000-8000-000000000000';
const MAX_SMBIOS = 512;

function checkSmbios(resource: Resource): readonly Diagnostic[] {
  const smbios = resource.spec['system'] === undefined ? undefined : valueAt(resource.spec, '/system/smbios');
  if (!isObject(smbios)) return [];
  const parts = Object.entries(smbios).filter(([, value]) => typeof value === 'string') as [string, string][];
  const { length } = printSmbios({ uuid: SOME_UUID, ...Object.fromEntries(parts) });
  if (length <= MAX_SMBIOS) return [];
  const detail = `system.smbios takes ${length} characters as Proxmox VE stores it, in base64; there is room for ${MAX_SMBIOS}. Shorten its texts.`;
  return [specError(resource, '/system/smbios', 'too long', detail)];
}

/** The rules of the machine and of what its firmware tells: the virtual IOMMU, the length of the SMBIOS texts. */
export function checkMachine(resource: Resource): readonly Diagnostic[] {
  return [...checkIommu(resource), ...checkSmbios(resource)];
}
