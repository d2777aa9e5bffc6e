import type { Address } from '../../../core/address.ts';
import type { Change } from '../../../core/plan.ts';
import type { Resource } from '../../../core/resource.ts';
import { type Mark, splitDescription } from './mark.ts';

/** The name that a document's guest has had before, where the document says so. */
export function formerName(resource: Resource): string | undefined {
  const { renamedFrom } = resource.spec;
  return typeof renamedFrom === 'string' ? renamedFrom : undefined;
}

/** Whether a mark is that of the name which a document's guest has had before. */
export function isRenameOf(resource: Resource, mark: Pick<Mark, 'address'>): boolean {
  const name = formerName(resource);
  return name !== undefined && mark.address === (`vm/${name}` satisfies Address);
}

/**
 * Whether changes write a mark anew for a guest that is the document's already, with another name or in another stack: it
 * is then written with the name and the tags, in one step.
 */
export function renamesMark(resource: Resource, changes: readonly Change[]): boolean {
  const change = changes.find(({ path }) => path === 'description (mark)');
  if (typeof change?.before !== 'string' || typeof change.after !== 'string') return false;
  const { mark: before } = splitDescription(change.before);
  const { mark: after } = splitDescription(change.after);
  if (before === undefined || after === undefined || before.vmid !== after.vmid) return false;
  return before.stack === after.stack || before.address === after.address || isRenameOf(resource, before);
}
