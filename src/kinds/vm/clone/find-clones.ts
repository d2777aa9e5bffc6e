import type { Address } from '../../../core/address.ts';
import type { Resource } from '../../../core/resource.ts';
import { beginInTurn } from '../../begin.ts';
import type { Observation, PlanContext } from '../../kind.ts';
import type { FoundGuest, Located } from '../identity/found.ts';
import type { EligibleNodes, Placement } from '../placement/place.ts';
import { beginSources, type SourcedClone } from './begin-sources.ts';
import { eligibleNodes } from './eligible-nodes.ts';
import { type FoundSource, findSource } from './find-source.ts';
import { observeClone } from './observe-clone.ts';
import { readSource } from './read-source.ts';
import { templatesFirst } from './templates-first.ts';
import { cloneWish } from './wish.ts';

/** The documents of a run whose guests are to be made by cloning. */
export interface Clones {
  /** Resources with each after the one that it is cloned from. */
  inOrder(resources: readonly Resource[]): readonly Resource[];
  readonly eligibleNodes: EligibleNodes;
  /** What there is to say of one; undefined where the document is not made by cloning. */
  observe(
    resource: Resource,
    placement: Placement,
    observations: ReadonlyMap<Address, Observation>,
    observeFound: (guest: FoundGuest) => Promise<Observation>,
  ): Promise<Observation | undefined>;
}

function unknown(
  { node, vmid, vmidChosen }: Placement,
  source: FoundSource,
  diagnostics: Observation['diagnostics'],
): Observation {
  const nothing = { incarnation: null, digest: null, live: undefined, foreign: false, desired: [], unmanaged: [] };
  const dependsOn = source.type === 'document' ? [source.resource.address] : [];
  return { node, vmid, vmidChosen, ...nothing, dependsOn, diagnostics };
}

/** Finds what the documents that are to be cloned are cloned from; documents whose guest is there are not looked at. */
export async function findClones(
  absent: readonly Resource[],
  resources: readonly Resource[],
  located: ReadonlyMap<Address, Located>,
  context: PlanContext,
): Promise<Clones> {
  const wishes = absent.flatMap((resource) => {
    const wish = cloneWish(resource);
    return wish === undefined ? [] : [{ resource, wish }];
  });
  const find = ({ resource, wish }: (typeof wishes)[number]): Promise<FoundSource> =>
    findSource(resource, wish, located, resources, context);
  // The guest of a document that is not in this run is told by its mark, which has to be read.
  beginInTurn(
    wishes.filter(({ wish }) => wish.from.type === 'document'),
    find,
  );
  const found = new Map<Address, SourcedClone>();
  for (const clone of wishes) found.set(clone.resource.address, { ...clone, source: await find(clone) });
  beginSources(found.values(), context.cluster);
  const sources = new Map([...found].map(([address, { source }]) => [address, source]));
  return {
    inOrder: (all) => {
      const mine = new Set(all);
      return templatesFirst(all, sources).filter((resource) => mine.has(resource));
    },
    eligibleNodes: async (resource, placements) => {
      const source = sources.get(resource.address);
      return source === undefined ? undefined : await eligibleNodes(resource, source, located, placements, context);
    },
    observe: async (resource, placement, observations, observeFound) => {
      const clone = found.get(resource.address);
      if (clone === undefined) return undefined;
      const read = await readSource(resource, clone.wish, clone.source, observations, located, context);
      if ('diagnostics' in read) return unknown(placement, clone.source, read.diagnostics);
      return await observeClone(resource, clone.wish, read.source, placement, context, observeFound);
    },
  };
}
