import type { Address } from '../core/address.ts';
import type { Diagnostic } from '../core/diagnostic.ts';
import type { Plan } from '../core/plan.ts';

// What stands in the way of one object is no reason to leave the others; what the token may not do is one.
const LEAVES_ONE: ReadonlySet<string> = new Set([
  'IMPOSSIBLE',
  'CONSENT',
  'FOREIGN_GUEST',
  'IDENTITY',
  'LOCKED',
  'STUB',
]);

function isOfOne({ severity, code, address }: Diagnostic): boolean {
  return severity === 'error' && address !== undefined && LEAVES_ONE.has(code);
}

/** The objects that stay, and those that cannot go before them. */
function leftOnes(plan: Plan, others: ReadonlySet<Address>): ReadonlySet<Address> {
  const left = new Set([...others, ...plan.diagnostics.filter(isOfOne).flatMap(({ address }) => address ?? [])]);
  for (let before = -1; before !== left.size; ) {
    before = left.size;
    for (const { address, dependsOn } of plan.resources)
      if (dependsOn.some((other) => left.has(other))) left.add(address);
  }
  return left;
}

/**
 * A plan of removals in which objects that cannot go (protection, a linked clone that stays), and those in `others`, are
 * left, with a warning each, in place of errors that stop all of it.
 */
export function leaveRefused(plan: Plan, others: ReadonlySet<Address> = new Set()): Plan {
  const left = leftOnes(plan, others);
  const resources = plan.resources.map((resource) =>
    left.has(resource.address) ? ({ ...resource, action: 'none', changes: [], steps: [] } as const) : resource,
  );
  const diagnostics = plan.diagnostics.map((diagnostic): Diagnostic => {
    if (!isOfOne(diagnostic)) return diagnostic;
    return { ...diagnostic, severity: 'warning', detail: `${diagnostic.detail} It is left as it is.` };
  });
  const destroy = resources.filter(({ action }) => action === 'delete').length;
  return { ...plan, resources, diagnostics, summary: { ...plan.summary, destroy } };
}
