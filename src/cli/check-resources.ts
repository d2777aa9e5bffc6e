import type { Diagnostic } from '../core/diagnostic.ts';
import type { Resource } from '../core/resource.ts';

// Straight to the rules: a kind as a whole brings the Proxmox VE client along, which no check needs.
const checks: Readonly<Record<string, () => Promise<(resource: Resource) => readonly Diagnostic[]>>> = {
  image: async () => (await import('../kinds/image/check.ts')).checkImage,
  vm: async () => (await import('../kinds/vm/check.ts')).checkVm,
};

/** The rules between fields, for all resources. */
export async function checkResources(resources: readonly Resource[]): Promise<readonly Diagnostic[]> {
  const diagnostics: Diagnostic[] = [];
  for (const resource of resources) {
    const check = await checks[resource.kind]?.();
    if (check !== undefined) diagnostics.push(...check(resource));
  }
  return diagnostics;
}
