import type { Address } from '../../../core/address.ts';
import type { Diagnostic } from '../../../core/diagnostic.ts';
import { originOf, type Resource } from '../../../core/resource.ts';
import type { LiveState, Observation, PlanContext } from '../../kind.ts';
import type { FoundGuest } from '../identity/found.ts';
import type { Placement } from '../placement/place.ts';
import { missingNode } from '../preflight/missing.ts';
import { withoutWrittenSecrets } from '../secrets.ts';
import { clonePrivileges } from './clone-privileges.ts';
import { cloneDraft, clonedDescription, clonedFrom } from './clone-steps.ts';
import { clonedTexts } from './cloned-texts.ts';
import { cloneProblems, modeOf } from './feasible.ts';
import type { CloneSource } from './source.ts';
import type { CloneWish } from './wish.ts';

/** The guest that cloning will have made, as if it were there: stopped, and ours by the mark in the clone's request. */
function clonedGuest(
  resource: Resource,
  texts: ReadonlyMap<string, string>,
  source: CloneSource,
  { node, vmid }: Placement,
  context: PlanContext,
): FoundGuest {
  const items = new Map([...texts].map(([key, value]) => [key, { value }]));
  const mark = { stack: context.project.stack, address: resource.address, vmid };
  // The firewall's file is copied too (qemu-server: PVE/API2/Qemu.pm, clone_vm).
  const firewallOf = source.exists ? { node: source.node, vmid: source.vmid } : null;
  return { type: 'found', node, vmid, config: { digest: '', items }, running: false, owned: true, mark, firewallOf };
}

/** The live state with the pool that the clone's request puts the guest into. */
function inPool(live: LiveState, pool: unknown): LiveState {
  const withPool = (texts: ReadonlyMap<string, string>): ReadonlyMap<string, string> => {
    const others = [...texts].filter(([key]) => key !== 'pool');
    return new Map(typeof pool === 'string' ? [...others, ['pool', pool]] : others);
  };
  return { ...live, current: withPool(live.current), pending: withPool(live.pending) };
}

/**
 * What there is to say of a document whose guest is to be made by cloning: the clone as it will be once it is made, which
 * everything written is compared with, the request that makes it, and what stands in its way. `observeFound` observes a
 * guest that is there.
 */
export async function observeClone(
  resource: Resource,
  wish: CloneWish,
  source: CloneSource,
  placement: Placement,
  context: PlanContext,
  observeFound: (guest: FoundGuest) => Promise<Observation>,
): Promise<Observation> {
  const { node, nodeReason, vmid, vmidChosen } = placement;
  const mode = modeOf(wish, source.template);
  const storageTypes = new Map(
    (await context.cluster.storagesOf(source.node)).map(({ storage, type }) => [storage, type]),
  );
  const description = clonedDescription(resource, source, context.project, vmid) ?? source.texts.get('description');
  const texts = clonedTexts(source.texts, { ...mode, vmid, name: resource.name, description, storageTypes });
  const seen = await observeFound({
    ...clonedGuest(resource, texts, source, placement, context),
    firewallOf: { node: source.node, vmid: source.vmid },
  });
  const absent = await missingNode(resource, node, originOf(resource, '/node'), context.cluster);
  const problems: readonly Diagnostic[] = [
    ...placement.diagnostics,
    ...(absent === undefined ? [] : [absent]),
    ...(await cloneProblems(resource, source, mode, node, context)),
    ...(await clonePrivileges(resource, source, mode, vmid, context)),
  ];
  const dependsOn: readonly Address[] = source.document === undefined ? [] : [source.document];
  return {
    ...seen,
    ...(nodeReason === undefined ? {} : { nodeReason }),
    vmidChosen,
    incarnation: null,
    digest: null,
    live: withoutWrittenSecrets(inPool(seen.live as LiveState, resource.spec['pool']), resource),
    diagnostics: [...problems, ...seen.diagnostics],
    dependsOn: [...(seen.dependsOn ?? []), ...dependsOn],
    from: `clone of ${clonedFrom(source, mode)}`,
    madeBy: cloneDraft(resource, source, mode, placement, context.project),
  };
}
