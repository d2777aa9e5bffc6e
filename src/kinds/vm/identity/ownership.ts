import type { Diagnostic } from '../../../core/diagnostic.ts';
import type { Field } from '../../../core/field.ts';
import { type Project, type Resource, rangeOf } from '../../../core/resource.ts';
import { vmFields } from '../../../generated/fields/vm.ts';
import { codecOf } from '../../../pve/codecs/codecs.ts';
import type { LiveState, ManagedValue, PlanContext } from '../../kind.ts';
import { untilValues } from '../ephemeral/ephemeral.ts';
import { isUnfinished, unfinishedValues } from '../leftovers/unfinished.ts';
import type { FoundGuest } from './found.ts';
import { formatMark, ownTag, splitDescription } from './mark.ts';
import { markOfOtherStack, otherStack } from './other-stack.ts';
import { isRenameOf } from './renamed.ts';

/** Whether a foreign guest may be taken over: `--adopt` for those no stack owns, `--adopt=STACK` for that stack's. */
export function mayAdopt(guest: FoundGuest, context: PlanContext): boolean {
  if (context.adopt === false) return false;
  const { mark } = guest;
  const owner = mark !== undefined && mark.vmid === guest.vmid ? mark.stack : null;
  return owner === null || owner === context.project.stack || owner === context.adopt;
}

/** Whether a guest is a document's own, or is taken over from another stack as just that, and its making was cut off. */
export function isOwnUnfinished(resource: Resource, guest: FoundGuest, live: LiveState, context: PlanContext): boolean {
  const moves = mayAdopt(guest, context) && markOfOtherStack(resource, guest, context.project) !== undefined;
  return (guest.owned || moves) && isUnfinished(guest.vmid, live);
}

/** Why a guest may not be taken over, where that was asked for; undefined where nothing is in the way. */
export function ownershipProblem(resource: Resource, guest: FoundGuest, context: PlanContext): Diagnostic | undefined {
  if (guest.owned || context.adopt === false) return undefined;
  const base = { severity: 'error', range: resource.range, address: resource.address } as const;
  const other = markOfOtherStack(resource, guest, context.project);
  if (other !== undefined)
    return mayAdopt(guest, context) ? undefined : otherStack(resource, guest, other, context.project);
  if (!mayAdopt(guest, context)) {
    const stack = guest.mark?.stack;
    return {
      ...base,
      code: 'FOREIGN_GUEST',
      summary: 'the guest belongs to another stack',
      detail: `Guest ${guest.vmid} is owned by the stack ${stack} (${guest.mark?.address}). Take it over with --adopt=${stack}, after that stack's documents have let it go.`,
    };
  }
  if (resource.spec['defaults'] === 'none') return undefined;
  const { mark } = guest;
  const whose = mark?.vmid === guest.vmid ? `is marked as ${mark.address}` : 'was not made by pvevm';
  return {
    ...base,
    code: 'FOREIGN_GUEST',
    summary: 'adopting takes defaults: none',
    detail: `Guest ${guest.vmid} ${whose}, and the built-in defaults would change it. Write defaults: none into the document, so that it manages only what is written, and look at the plan again.`,
  };
}

/** A warning where a written id leads to the guest of another document: a rename, or a mistake. */
export function renamedNote(resource: Resource, guest: FoundGuest): readonly Diagnostic[] {
  const { mark, owned, vmid, node } = guest;
  if (!owned || mark === undefined || mark.address === resource.address || isRenameOf(resource, mark)) return [];
  const range = rangeOf(resource, '/vmid');
  return [
    {
      severity: 'warning',
      code: 'IDENTITY',
      summary: 'the guest was another document’s',
      detail: `Guest ${vmid} on ${node} is marked as ${mark.address}, and would become ${resource.address}. If that is a rename, write renamedFrom: ${mark.address.slice('vm/'.length)}; otherwise, write another vmid.`,
      range,
      address: resource.address,
      pointer: '/vmid',
    },
  ];
}

function fieldOf(path: string): Field {
  return vmFields.find((field) => field.path === path) as Field;
}

/** The tag of the stack that a guest is taken over from: it goes as the new one comes. */
function formerTag(project: Project, vmid: number | '{vmid}', live: LiveState | undefined): string | undefined {
  const { mark } = splitDescription(live?.pending.get('description') ?? '');
  return mark === undefined || mark.vmid !== vmid || mark.stack === project.stack ? undefined : ownTag(mark.stack);
}

function liveTags(live: LiveState | undefined): readonly string[] {
  return codecOf('tags').parse(live?.pending.get('tags') ?? '') as readonly string[];
}

/**
 * The managed values with pvevm's own mark and tag among them: the mark is the last line of the description, the tag
 * its index. Written tags are the whole set beside the tag; unwritten ones stay as they are.
 */
export function markValues(
  resource: Resource,
  project: Project,
  vmid: number | '{vmid}',
  values: readonly ManagedValue[],
  live: LiveState | undefined,
  renew = false,
): readonly ManagedValue[] {
  const result = values.filter((managed) => managed.key !== 'tags' && managed.key !== 'description');
  const writtenTags = values.find((managed) => managed.key === 'tags');
  const writtenText = values.find((managed) => managed.key === 'description');
  const own = ownTag(project.stack);
  const keepsTag = project.mark === 'full' || (project.mark === 'description' && liveTags(live).includes(own));
  if (writtenTags !== undefined) {
    const tags = [...new Set([...((writtenTags.value ?? []) as readonly string[]), ...(keepsTag ? [own] : [])])].sort();
    result.push({ ...writtenTags, value: tags.length === 0 ? undefined : tags });
  } else if (project.mark === 'full' && !liveTags(live).includes(own)) {
    result.push({
      path: 'tags',
      key: 'tags',
      field: fieldOf('tags'),
      value: [...liveTags(live).filter((tag) => tag !== formerTag(project, vmid, live)), own].sort(),
      origin: 'pvevm’s own tag',
      builtIn: true,
    });
  }
  if (writtenText !== undefined)
    result.push({ ...writtenText, sub: 'text', value: writtenText.value === '' ? undefined : writtenText.value });
  if (project.mark !== 'none') {
    const value = formatMark(project.stack, resource.address, vmid);
    result.push({
      path: 'description (mark)',
      key: 'description',
      sub: 'mark',
      field: fieldOf('description'),
      value,
      origin: 'pvevm’s own mark',
      builtIn: true,
    });
    result.push(...untilValues(resource, vmid, live, renew), ...unfinishedValues(vmid, live));
  }
  return result;
}
