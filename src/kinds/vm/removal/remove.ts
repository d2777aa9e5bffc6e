import type { Address } from '../../../core/address.ts';
import type { Diagnostic } from '../../../core/diagnostic.ts';
import type { Change } from '../../../core/plan.ts';
import type { Project, Resource } from '../../../core/resource.ts';
import { unlessRefused } from '../../../pve/refused.ts';
import { beginInTurn } from '../../begin.ts';
import type { PlanContext, Removal } from '../../kind.ts';
import { clonesOf } from '../clone/clones-of.ts';
import { readSnapshots } from '../disks/snapshot-users.ts';
import { type FoundGuest, incarnationOf, type Located, textOf } from '../identity/found.ts';
import { locateAll } from '../identity/locate.ts';
import { markOfOtherStack, otherStack } from '../identity/other-stack.ts';
import { isRenameOf } from '../identity/renamed.ts';
import { straysOfRemoved } from '../leftovers/strays.ts';
import { liveState } from '../live.ts';
import { withLimits } from '../load/with-limits.ts';
import { shutdownDraft } from '../power/shutdown.ts';
import { type Draft, numberSteps, TIMEOUTS } from '../steps.ts';
import { doomedNames, doomedSnapshots, doomedVolumes } from './doomed.ts';
import { usedElsewhere } from './freed-volumes.ts';
import { linkedClones } from './linked-clones.ts';
import { missingForRemoval } from './privileges.ts';

function removalDrafts(
  resource: Resource,
  guest: FoundGuest,
  highlyAvailable: boolean,
  forced: boolean,
  lost: readonly Change[],
): readonly Draft[] {
  const { node, vmid } = guest;
  const drafts: Draft[] = [];
  if (highlyAvailable) {
    drafts.push({
      title: 'take out of HA',
      effect: 'none',
      request: { method: 'DELETE', path: `/cluster/ha/resources/vm:${vmid}`, params: {} },
      await: { for: 'none', timeoutMs: TIMEOUTS.config },
    });
  }
  if (guest.running) {
    const startup = textOf(guest.config, 'startup');
    drafts.push(shutdownDraft(resource, { node, vmid, startup }, forced));
    drafts.push({
      title: 'wait until it is stopped',
      effect: 'none',
      await: { for: 'power', state: 'stopped', timeoutMs: TIMEOUTS.power },
    });
  }
  drafts.push({
    title: 'destroy',
    effect: 'data-loss',
    request: {
      method: 'DELETE',
      path: `/nodes/${node}/qemu/${vmid}`,
      params: { purge: 1, 'destroy-unreferenced-disks': 0 },
    },
    removes: doomedNames(lost),
    // What is suspended to disk can be destroyed as it is (pve-guest-common: PVE/AbstractConfig.pm, check_lock).
    ...(textOf(guest.config, 'lock') === 'suspended' ? { expects: { lock: 'suspended' } as const } : {}),
    await: { for: 'task', timeoutMs: TIMEOUTS.volume },
  });
  return drafts;
}

function refusal(resource: Resource, guest: FoundGuest, project: Project): Diagnostic | undefined {
  const base = { severity: 'error', range: resource.range, address: resource.address } as const;
  const { mark } = guest;
  const other = guest.owned ? undefined : markOfOtherStack(resource, guest, project);
  if (other !== undefined) return otherStack(resource, guest, other, project, { command: 'pvevm apply ' });
  // An id that was written by mistake must not cost another document its guest.
  const isMine = mark === undefined || mark.address === resource.address || isRenameOf(resource, mark);
  if (!guest.owned || !isMine) {
    const whose = mark === undefined ? '' : ` (its mark says ${mark.address}, ${mark.vmid})`;
    return {
      ...base,
      code: 'FOREIGN_GUEST',
      summary: 'the guest is not pvevm’s own',
      detail: `Guest ${guest.vmid} on ${guest.node} carries no mark of this document${whose}, so it is not destroyed. Remove it in Proxmox VE if that is what you want: qm destroy ${guest.vmid}`,
    };
  }
  if (textOf(guest.config, 'protection') === '1') {
    return {
      ...base,
      code: 'IMPOSSIBLE',
      summary: 'the guest is protected',
      detail: `Guest ${guest.vmid} has protection set, which refuses its removal. Write protection: false and apply that first.`,
    };
  }
  return undefined;
}

/** A paused guest does not shut down: Proxmox VE refuses to ask it (qemu-server: PVE/API2/Qemu.pm, vm_shutdown). */
async function pausedRefusal(
  resource: Resource,
  { node, vmid, running }: FoundGuest,
  { cluster }: PlanContext,
): Promise<Diagnostic | undefined> {
  if (!running || (await cluster.qmpStates(node)).get(vmid) !== 'paused') return undefined;
  return {
    severity: 'error',
    code: 'CONSENT',
    summary: 'a paused guest cannot shut down',
    detail: `Guest ${vmid} is paused, and cannot shut down. Let it be stopped hard (--allow hard-stop), or resume it yourself: qm resume ${vmid}`,
    range: resource.range,
    address: resource.address,
  };
}

/** What removing a guest comes to; where anything is in the way it has no steps, and so nothing of it is begun. */
async function removalOf(
  resource: Resource,
  guest: FoundGuest,
  resources: readonly Resource[],
  located: ReadonlyMap<Address, Located>,
  context: PlanContext,
): Promise<Removal> {
  const forced = context.allow.has('hard-stop');
  const problem =
    refusal(resource, guest, context.project) ?? (forced ? undefined : await pausedRefusal(resource, guest, context));
  const highlyAvailable = (await unlessRefused(context.cluster.haResources(), [])).some(
    (ha) => ha.sid === `vm:${guest.vmid}`,
  );
  const volumes = doomedVolumes(guest);
  const linked = await linkedClones(resource, guest, volumes, located, context);
  const used = await usedElsewhere(resource, guest, volumes, located, context);
  const diagnostics =
    problem === undefined
      ? [...linked.diagnostics, ...used.errors, ...(await missingForRemoval(resource, guest, highlyAvailable, context))]
      : [problem];
  const changes = [...volumes, ...(await doomedSnapshots(guest, context))];
  const texts = liveState(guest.config, guest.running, new Map()).current;
  const drafts = diagnostics.length > 0 ? [] : removalDrafts(resource, guest, highlyAvailable, forced, changes);
  return {
    node: guest.node,
    vmid: guest.vmid,
    incarnation: incarnationOf(guest.config),
    digest: guest.config.digest,
    dependsOn: [...new Set([...clonesOf(resource, resources, located), ...linked.removed, ...used.removed])],
    changes,
    steps: await withLimits(resource, numberSteps(resource.address, drafts), { texts, future: () => texts }, context),
    diagnostics: [...diagnostics, ...used.notes, ...(await straysOfRemoved(resource, guest, context))],
  };
}

const NOTHING: Omit<Removal, 'diagnostics'> = {
  ...{ node: '', vmid: 0, incarnation: null, digest: null },
  ...{ changes: [], steps: [] },
};

/** Finds what `destroy` would remove: owned guests, with every volume that goes. A document without a guest has none. */
export async function observeRemovals(
  resources: readonly Resource[],
  context: PlanContext,
): Promise<ReadonlyMap<Address, Removal>> {
  const located = await locateAll(resources, { ...context, adopt: false });
  // Each of them is told of what goes with its guest.
  const found = [...located.values()].filter((one) => one.type === 'found');
  beginInTurn(found, ({ node, vmid }) => readSnapshots(node, vmid, context.cluster));
  const removals = new Map<Address, Removal>();
  for (const resource of resources) {
    const found = located.get(resource.address);
    if (found === undefined) continue;
    if (found.type === 'absent') {
      const { notes = [] } = found;
      if (notes.length > 0) removals.set(resource.address, { ...NOTHING, vmid: null, diagnostics: notes });
      continue;
    }
    if (found.type === 'failed') {
      removals.set(resource.address, { ...NOTHING, diagnostics: found.diagnostics });
      continue;
    }
    removals.set(resource.address, await removalOf(resource, found, resources, located, context));
  }
  return removals;
}
