import type { Stack, StackDocument } from './documents.ts';
import { type GuestView, hasTag, ownerOf, textOf, uuidOf } from './guest-views.ts';

type Guests = ReadonlyMap<number, GuestView>;

/** What the test knows by itself. */
export interface Model {
  readonly marksOfBlue: 'full' | 'description';
  readonly documents: Record<Stack, Map<string, StackDocument>>;
  /** Whether nothing that concerns a stack has happened since a run of it that did all it planned. */
  readonly converged: Record<Stack, boolean>;
  /** What the guests of a stack that a saved plan may touch were when it was made, by id. */
  readonly saved: Record<Stack, ReadonlyMap<number, string | undefined> | undefined>;
}

function documentOf({ documents }: Model, stack: Stack, name: string): StackDocument {
  const document = documents[stack].get(name);
  if (document === undefined) throw new Error(`stack ${stack} has no document ${name}`);
  return document;
}

/** The guests that a stack owns. */
export function ownedBy(guests: Guests, stack: Stack): readonly GuestView[] {
  return [...guests.values()].filter((view) => ownerOf(view)?.stack === stack);
}

/** Their ids, with what tells each from the next one of its id. */
export function uuidsOf(guests: Guests, stack: Stack): ReadonlyMap<number, string | undefined> {
  return new Map(ownedBy(guests, stack).map((view) => [view.vmid, uuidOf(view)]));
}

function isIndexed(view: GuestView, stack: Stack, { marksOfBlue }: Model): boolean {
  return (stack === 'blue' && marksOfBlue === 'description') || hasTag(view, stack);
}

/** The owned guests that a document describes: by its id, by its own mark, or by that of its former name. */
function guestsOf(guests: Guests, stack: Stack, name: string, model: Model): readonly number[] {
  const { vmid, renamedFrom } = documentOf(model, stack, name);
  const owned = ownedBy(guests, stack);
  if (vmid !== undefined) return owned.filter((view) => view.vmid === vmid).map((view) => view.vmid);
  // Without its tag and its name, nobody would look at its mark.
  const isFound = (view: GuestView): boolean =>
    isIndexed(view, stack, model) || [name, renamedFrom].includes(textOf(view, 'name'));
  const marked = (as: string): readonly number[] =>
    owned.filter((view) => ownerOf(view)?.address === `vm/${as}` && isFound(view)).map((view) => view.vmid);
  const own = marked(name);
  return own.length > 0 || renamedFrom === undefined ? own : marked(renamedFrom);
}

/** What `destroy` of a document removes: its guest, unless that is another document's by its mark. */
export function destroyedBy(guests: Guests, stack: Stack, name: string, model: Model): readonly number[] {
  const addresses = [name, documentOf(model, stack, name).renamedFrom].map((one) => `vm/${one}`);
  return guestsOf(guests, stack, name, model).filter((vmid) => {
    const view = guests.get(vmid);
    return view !== undefined && addresses.includes(ownerOf(view)?.address ?? '');
  });
}

/** What `--prune` removes: what the stack owns and no document describes. */
export function prunedBy(guests: Guests, stack: Stack, model: Model): readonly number[] {
  const names = [...model.documents[stack].keys()];
  const claimed = new Set(names.flatMap((name) => guestsOf(guests, stack, name, model)));
  return ownedBy(guests, stack)
    .filter((view) => isIndexed(view, stack, model) && !claimed.has(view.vmid))
    .filter((view) => !names.some((name) => ownerOf(view)?.address === `vm/${name}`))
    .map(({ vmid }) => vmid);
}

/** What `reap` removes: what the stack owns and whose end is past; of two with one mark, the first. */
export function reapedFrom(guests: Guests, stack: Stack, now: number, model: Model): readonly number[] {
  const taken = new Map<string, number>();
  for (const view of ownedBy(guests, stack).toSorted((left, right) => left.vmid - right.vmid)) {
    const { address, until } = ownerOf(view) as NonNullable<ReturnType<typeof ownerOf>>;
    const isOver = until !== undefined && until <= now && isIndexed(view, stack, model);
    if (isOver && !taken.has(address)) taken.set(address, view.vmid);
  }
  return [...taken.values()].filter((vmid) => textOf(guests.get(vmid) as GuestView, 'protection') !== '1');
}

/** The guests of nobody that the documents of a stack name, which `--adopt` may take over. */
export function adoptable(guests: Guests, { documents }: Model, stack: Stack): readonly number[] {
  return [...guests.values()]
    .filter((view) => ownerOf(view) === undefined)
    .filter((view) =>
      [...documents[stack]].some(([name, { vmid, renamedFrom }]) =>
        vmid === undefined ? [name, renamedFrom].includes(textOf(view, 'name')) : vmid === view.vmid,
      ),
    )
    .map(({ vmid }) => vmid);
}
