import type { Address } from '../../core/address.ts';
import type { Diagnostic } from '../../core/diagnostic.ts';
import type { Change } from '../../core/plan.ts';
import type { Resource } from '../../core/resource.ts';
import { unlessRefused } from '../../pve/refused.ts';
import type { PlanContext, Removal } from '../kind.ts';
import { type FoundGuest, incarnationOf, textOf } from './found.ts';
import { isVolumeKey, storedParts } from './live.ts';
import { locateAll } from './locate.ts';
import { type Draft, numberSteps, TIMEOUTS } from './steps.ts';

function volumesOf(guest: FoundGuest): readonly Change[] {
  const changes: Change[] = [];
  const owns = new RegExp(`(vm|base)-${guest.vmid}-`);
  for (const [key, item] of [...guest.config.items].sort(([left], [right]) => (left < right ? -1 : 1))) {
    if (!isVolumeKey(key) && !/^unused\d+$/.test(key)) continue;
    for (const value of new Set([item.value, item.pending])) {
      const parts = value === undefined ? undefined : storedParts(isVolumeKey(key) ? key : 'scsi0', String(value));
      const file = parts?.['file'];
      // A medium, and a volume of another guest, stay (qemu-server: PVE/QemuServer.pm, destroy_vm).
      if (file === undefined || !owns.test(file)) continue;
      const size = parts?.['size'];
      changes.push({
        path: key,
        key,
        before: size === undefined ? file : `${file}, ${size}`,
        after: null,
        effect: 'data-loss',
        state: 'change',
        origin: 'destroy',
      });
    }
  }
  return changes;
}

function removalDrafts(guest: FoundGuest, highlyAvailable: boolean): readonly Draft[] {
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
    drafts.push({
      title: 'shut down',
      effect: 'restart',
      request: { method: 'POST', path: `/nodes/${node}/qemu/${vmid}/status/shutdown`, params: {} },
      await: { for: 'task', timeoutMs: TIMEOUTS.power },
    });
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
    await: { for: 'task', timeoutMs: TIMEOUTS.volume },
  });
  return drafts;
}

function refusal(resource: Resource, guest: FoundGuest): Diagnostic | undefined {
  const base = { severity: 'error', range: resource.range, address: resource.address } as const;
  const { mark } = guest;
  // An id that was written by mistake must not cost another document its guest.
  if (!guest.owned || (mark !== undefined && mark.address !== resource.address)) {
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

/** Finds what `destroy` would remove: owned guests, with every volume that goes. A document without a guest has none. */
export async function observeRemovals(
  resources: readonly Resource[],
  context: PlanContext,
): Promise<ReadonlyMap<Address, Removal>> {
  const located = await locateAll(resources, { ...context, adopt: false });
  const removals = new Map<Address, Removal>();
  for (const resource of resources) {
    const found = located.get(resource.address);
    if (found === undefined || found.type === 'absent') continue;
    if (found.type === 'failed') {
      removals.set(resource.address, {
        node: '',
        vmid: 0,
        incarnation: null,
        digest: null,
        changes: [],
        steps: [],
        diagnostics: found.diagnostics,
      });
      continue;
    }
    const problem = refusal(resource, found);
    const highlyAvailable = (await unlessRefused(context.cluster.haResources(), [])).some(
      (ha) => ha.sid === `vm:${found.vmid}`,
    );
    removals.set(resource.address, {
      node: found.node,
      vmid: found.vmid,
      incarnation: incarnationOf(found.config),
      digest: found.config.digest,
      changes: volumesOf(found),
      steps: problem === undefined ? numberSteps(resource.address, removalDrafts(found, highlyAvailable)) : [],
      diagnostics: problem === undefined ? [] : [problem],
    });
  }
  return removals;
}
