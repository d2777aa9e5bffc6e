import type { Field } from '../../../core/field.ts';
import { vmFields } from '../../../generated/fields/vm.ts';
import type { LiveState, ManagedValue } from '../../kind.ts';
import { joinDescription, splitDescription, withUnfinished, withUntil } from '../identity/mark.ts';
import { type Draft, TIMEOUTS } from '../steps.ts';

const SUB = 'unfinished';

/**
 * Whether a guest's own mark says that the run which made it was cut off: what counts at creation alone is then still to
 * be done, and asks for no consent. A mark that was copied from another guest says nothing.
 */
export function isUnfinished(vmid: number | '{vmid}', live: LiveState | undefined): boolean {
  const { mark } = splitDescription(live?.current.get('description') ?? '');
  return mark?.unfinished === true && mark.vmid === vmid;
}

/**
 * Whether a new guest is marked as unfinished until its last step: where a later plan could not tell from the guest alone
 * that something is missing. The HA default counts at creation alone, and a guest that is to be a template looks like one
 * that somebody has used. Everything else is compared with the document, whatever was interrupted.
 */
export function needsWord(desired: readonly ManagedValue[]): boolean {
  const isMarked = desired.some(({ key, sub }) => key === 'description' && sub === 'mark');
  return (
    isMarked &&
    desired.some(
      ({ key, value, builtIn }) =>
        (key === 'ha' && value === true && builtIn) || (key === 'template' && value === true),
    )
  );
}

/** The word in the mark of a live guest as a managed value that is to go. */
export function unfinishedValues(vmid: number | '{vmid}', live: LiveState | undefined): readonly ManagedValue[] {
  if (!isUnfinished(vmid, live)) return [];
  const description = vmFields.find(({ path }) => path === 'description') as Field;
  const path = 'description (unfinished)';
  const field: Field = { ...description, path, codec: 'string' };
  return [{ path, key: 'description', sub: SUB, field, value: undefined, origin: 'pvevm’s own mark', builtIn: true }];
}

/** Whether a managed value, or a change, is that of the word in a mark. */
export function isOfWord({ path }: { readonly path: string }): boolean {
  return path === 'description (unfinished)';
}

/** A description whose mark says that the guest is not finished yet. */
export function begunDescription(description: string): string {
  const at = description.lastIndexOf('\n') + 1;
  const { text, mark } = splitDescription(description);
  if (mark === undefined) return description;
  const line = description.slice(at).replace(/ until .*$/, '');
  return joinDescription(text, withUntil(withUnfinished(line), mark.until));
}

/** The last step of making a guest, which takes the word out of its mark. */
export function finishDraft(path: string, description: string): Draft {
  return {
    title: 'mark as finished',
    effect: 'none',
    request: { method: 'PUT', path: `${path}/config`, params: { description } },
    await: { for: 'none', timeoutMs: TIMEOUTS.config },
  };
}
