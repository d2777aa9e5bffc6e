import { PvevmError } from '../../core/error.ts';
import type { Resource } from '../../core/resource.ts';
import type { ResourceStatus } from '../../engine/status.ts';
import { hostOf } from '../../report/outputs/guest-output.ts';

function prefixOf(name: string): string {
  return `PVEVM_VM_${name.toUpperCase().replace(/[^A-Z0-9]/g, '_')}`;
}

/** Throws `USAGE` where the variables of two guests would have one name. */
export function checkVariableNames(resources: readonly Resource[]): void {
  const seen = new Map<string, Resource>();
  for (const resource of resources.filter(({ kind }) => kind === 'vm')) {
    const prefix = prefixOf(resource.name);
    const other = seen.get(prefix);
    if (other !== undefined) {
      throw new PvevmError(
        'USAGE',
        `cannot tell ${other.address} and ${resource.address} apart: the variables of both are ${prefix}_…`,
        { hints: ['Give one of them another name.'] },
      );
    }
    seen.set(prefix, resource);
  }
}

/**
 * The variables by which a command finds a guest: for `vm/web-01` `PVEVM_VM_WEB_01_VMID`, `…_NODE` and `…_ADDRESS`;
 * undefined are those of which nothing is known.
 */
export function variablesOf(status: ResourceStatus): ReadonlyMap<string, string | undefined> {
  const { address, vmid, node } = status;
  const prefix = prefixOf(address.slice(address.indexOf('/') + 1));
  return new Map([
    [`${prefix}_VMID`, vmid === null ? undefined : String(vmid)],
    [`${prefix}_NODE`, vmid === null ? undefined : (node ?? undefined)],
    [`${prefix}_ADDRESS`, vmid === null ? undefined : (hostOf(status) ?? undefined)],
  ]);
}

/**
 * The variables by which a command finds the guests, as far as they are known; `PVEVM_OUTPUT` is a file with all there
 * is to know, in the form of `status --json`.
 */
export function guestVariables(resources: readonly ResourceStatus[], output: string): Readonly<Record<string, string>> {
  const variables: Record<string, string> = { PVEVM_OUTPUT: output };
  for (const status of resources) {
    for (const [name, value] of variablesOf(status)) if (value !== undefined) variables[name] = value;
  }
  return variables;
}
