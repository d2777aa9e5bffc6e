import type { Address } from '../core/address.ts';
import type { Diagnostic } from '../core/diagnostic.ts';
import type { ResourcePlan } from '../core/plan.ts';

/** Resources in the order in which they can be done, and what forbids such an order. */
export interface Ordered {
  readonly resources: readonly ResourcePlan[];
  readonly diagnostics: readonly Diagnostic[];
}

function cycleProblem(resource: ResourcePlan, cycle: readonly Address[]): Diagnostic {
  const { file, line } = resource.source;
  return {
    severity: 'error',
    code: 'SPEC_INVALID',
    summary: 'the documents wait for each other',
    detail: `${cycle.join(' → ')}: each of them has to be done before the one named before it, so that none can be the first. Take one of these references out.`,
    range: { file, line, column: 1, length: 1 },
    address: resource.address,
  };
}

/**
 * Brings resources into an order in which each comes after all that it depends on, and otherwise keeps the order that
 * they have. Dependencies on what is not among them are dropped. A circle of dependencies is an error that prints it.
 */
export function orderResources(resources: readonly ResourcePlan[]): Ordered {
  const byAddress = new Map(resources.map((resource) => [resource.address, resource]));
  const ordered = new Map<Address, ResourcePlan>();
  const diagnostics: Diagnostic[] = [];
  const visit = (resource: ResourcePlan, above: readonly Address[]): void => {
    const { address } = resource;
    if (ordered.has(address)) return;
    const at = above.indexOf(address);
    if (at >= 0) {
      // Told once, where the circle is closed.
      diagnostics.push(cycleProblem(resource, [...above.slice(at), address]));
      return;
    }
    const dependsOn = [...new Set(resource.dependsOn)].filter((other) => byAddress.has(other));
    for (const other of dependsOn) visit(byAddress.get(other) as ResourcePlan, [...above, address]);
    ordered.set(address, { ...resource, dependsOn });
  };
  for (const resource of resources) visit(resource, []);
  return { resources: [...ordered.values()], diagnostics };
}
