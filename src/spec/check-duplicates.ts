import type { Diagnostic } from '../core/diagnostic.ts';
import { originOf, type Resource } from '../core/resource.ts';

function duplicate(resource: Resource, first: Resource, pointer: string, summary: string, detail: string): Diagnostic {
  const range = originOf(resource, pointer).range ?? resource.range;
  const at = originOf(first, pointer).range ?? first.range;
  const together = at.file === range.file && at.line === range.line && at.column === range.column;
  return {
    severity: 'error',
    code: 'SPEC_DUPLICATE',
    summary,
    detail: together
      ? `${detail}: both are instances of this document. Tell them apart by \${index}, or by a key of each in which they differ.`
      : `${detail} at ${at.file}:${at.line}:${at.column}.`,
    range,
    address: resource.address,
    pointer,
  };
}

/** Two documents with one address, or one vmid, are an error that names both places. */
export function checkDuplicates(resources: readonly Resource[]): readonly Diagnostic[] {
  const byAddress = new Map<string, Resource>();
  const byVmid = new Map<unknown, Resource>();
  const diagnostics: Diagnostic[] = [];
  for (const resource of resources) {
    const first = byAddress.get(resource.address);
    const vmid = resource.spec['vmid'];
    const sameId = vmid === undefined ? undefined : byVmid.get(vmid);
    if (first !== undefined) {
      diagnostics.push(
        duplicate(resource, first, '/name', 'duplicate document', `${resource.address} is described already`),
      );
    } else if (sameId !== undefined) {
      diagnostics.push(
        duplicate(
          resource,
          sameId,
          '/vmid',
          'duplicate vmid',
          `The vmid ${String(vmid)} belongs to ${sameId.address} already`,
        ),
      );
    }
    if (first === undefined) byAddress.set(resource.address, resource);
    if (vmid !== undefined && sameId === undefined) byVmid.set(vmid, resource);
  }
  return diagnostics;
}
