import type { Diagnostic } from '../../../core/diagnostic.ts';
import type { Change } from '../../../core/plan.ts';
import type { Project, Resource } from '../../../core/resource.ts';
import type { Observation, PlanContext } from '../../kind.ts';
import type { FoundGuest } from './found.ts';
import { type Mark, splitDescription } from './mark.ts';
import { isRenameOf } from './renamed.ts';

type Placed = Pick<FoundGuest, 'node' | 'vmid'>;

const inWords = (stack: string | null): string => (stack === null ? 'no stack' : `the stack ${stack}`);

/**
 * The mark of a guest that is a document's own but for the stack: it names the guest's own id and this very address, or
 * that before a rename. Guests have one after their project was given a stack, or another one. Undefined for all others.
 */
export function markOfOtherStack(
  resource: Resource,
  { vmid, mark }: Pick<FoundGuest, 'vmid' | 'mark'>,
  project: Project,
): Mark | undefined {
  if (project.mark === 'none' || mark === undefined || mark.vmid !== vmid || mark.stack === project.stack)
    return undefined;
  return mark.address === resource.address || isRenameOf(resource, mark) ? mark : undefined;
}

/** The guests of other stacks that a document may mean, in words: `107 on pve1 (of the stack ru)`. */
export function listStacks(guests: readonly FoundGuest[]): string {
  return guests.map(({ vmid, node, mark }) => `${vmid} on ${node} (of ${inWords(mark?.stack ?? null)})`).join(' and ');
}

/**
 * Says whose a guest of another stack is, and how it is taken over: with the stack's name, or `-` for none, as its mark
 * has it. `command` stands before the flag where another command has to be run; `more` is told between the two.
 */
export function otherStack(
  resource: Resource,
  { node, vmid }: Placed,
  { stack }: Mark,
  project: Project,
  { command = '', more = '' }: { readonly command?: string; readonly more?: string } = {},
): Diagnostic {
  const ours = project.stack === null ? 'this project has no stack' : `this project’s stack is ${project.stack}`;
  const others = stack === null ? 'documents without a stack' : `documents of the stack ${stack}`;
  const back = stack === null ? 'take stack out of pvevm.yaml' : `write stack: ${stack} into pvevm.yaml`;
  const another = resource.spec['vmid'] === undefined ? 'name' : 'vmid';
  const detail = `Guest ${vmid} on ${node} is this document’s, of ${inWords(stack)}; ${ours}. ${more}Take it over with ${command}--adopt=${stack ?? '-'}, or ${back}; where ${others} still describe it, choose another ${another}.`;
  const { range, address } = resource;
  const summary = `the guest is of ${stack === null ? 'no' : 'another'} stack`;
  return { severity: 'error', code: 'FOREIGN_GUEST', summary, detail, range, address };
}

/**
 * What there is to say of a guest of another stack that nobody asked to take over: an error, and a note where the document
 * names it by its id and nothing differs, so that what was exported plans empty in any project.
 */
export function otherStackFindings(
  resource: Resource,
  { node, vmid, live, foreign }: Observation,
  changes: readonly Change[],
  { project, adopt }: PlanContext,
): readonly Diagnostic[] {
  if (!foreign || adopt !== false) return [];
  const { mark } = splitDescription(live?.current.get('description') ?? '');
  const other = markOfOtherStack(resource, { vmid, mark }, project);
  if (other === undefined) return [];
  const guest = { node, vmid };
  if (resource.spec['vmid'] === undefined || changes.some(({ state }) => state === 'change'))
    return [otherStack(resource, guest, other, project)];
  const more = 'Nothing that the document manages differs. ';
  const told = otherStack(resource, guest, other, project, { more });
  return [{ ...told, severity: 'note', summary: `${told.summary.slice('the guest is '.length)}, in agreement` }];
}
