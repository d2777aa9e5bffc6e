import { PvevmError } from '../../core/error.ts';
import type { Resource } from '../../core/resource.ts';
import type { ResourceStatus } from '../../engine/status.ts';

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

/** The address by which a guest is best reached: of its own network devices first, IPv4 before IPv6. */
function addressOf({ addresses }: Pick<ResourceStatus, 'addresses'>): string | undefined {
  return (addresses.find(({ device }) => device !== null) ?? addresses[0])?.address;
}

/**
 * The variables by which a command finds the guests: for `vm/web-01` `PVEVM_VM_WEB_01_VMID`, `…_NODE` and, where it is
 * known, `…_ADDRESS`; `PVEVM_OUTPUT` is a file with all there is to know, in the form of `status --json`.
 */
export function guestVariables(resources: readonly ResourceStatus[], output: string): Readonly<Record<string, string>> {
  const variables: Record<string, string> = { PVEVM_OUTPUT: output };
  for (const status of resources) {
    const { address, vmid, node } = status;
    if (vmid === null) continue;
    const prefix = prefixOf(address.slice(address.indexOf('/') + 1));
    variables[`${prefix}_VMID`] = String(vmid);
    if (node !== null) variables[`${prefix}_NODE`] = node;
    const reachable = addressOf(status);
    if (reachable !== undefined) variables[`${prefix}_ADDRESS`] = reachable;
  }
  return variables;
}
