import type { Address } from '../../../core/address.ts';
import type { Diagnostic } from '../../../core/diagnostic.ts';
import type { Resource } from '../../../core/resource.ts';
import type { Located } from './found.ts';

/** The findings with an error for each document that describes a guest which an earlier one describes too. */
export function withoutSharedGuests(
  resources: readonly Resource[],
  found: ReadonlyMap<Address, Located>,
): ReadonlyMap<Address, Located> {
  const claimed = new Map<number, Resource>();
  const result = new Map(found);
  for (const resource of resources) {
    const located = found.get(resource.address);
    if (located?.type !== 'found') continue;
    const other = claimed.get(located.vmid);
    if (other === undefined) {
      claimed.set(located.vmid, resource);
      continue;
    }
    const detail = `Guest ${located.vmid} is what both ${other.address} (${other.range.file}:${other.range.line}) and ${resource.address} describe. Remove one of the two documents.`;
    const diagnostic: Diagnostic = {
      severity: 'error',
      code: 'IDENTITY',
      summary: 'two documents describe one guest',
      detail,
      range: resource.range,
      address: resource.address,
    };
    result.set(resource.address, { type: 'failed', diagnostics: [diagnostic] });
  }
  return result;
}
