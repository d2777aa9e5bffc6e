import { PvevmError } from '../../core/error.ts';
import { isGuestPlan, type ResourcePlan } from '../../core/plan.ts';
import type { Step } from '../../core/step.ts';
import { createClusterView } from '../../pve/cluster.ts';
import type { PveReader } from '../../pve/reader.ts';
import { saysNoGuest } from './classify.ts';

/** Whether a step of a removal may have failed for nothing but that its guest is not there any more. */
function mayBeGone(error: unknown): boolean {
  return saysNoGuest(error) || (error instanceof PvevmError && error.code === 'STALE');
}

/** Which of some volumes are still on a storage. Throws what the read throws. */
async function stillOn(storage: string, node: string, volumes: readonly string[], pve: PveReader): Promise<string[]> {
  const listed = await createClusterView(pve).content(node, storage, 'images');
  return volumes.filter((volume) => listed.some(({ volid }) => volid === volume));
}

/** What is left of the volumes that a step was to destroy with its guest, in a sentence for each storage that has or hides some. */
async function leftBehind({ removes = [] }: Step, node: string, pve: PveReader): Promise<readonly string[]> {
  const byStorage = new Map<string, string[]>();
  for (const name of removes) {
    // A snapshot goes with the configuration, and a volume is known by its storage.
    const [, storage] = /^([^:/\s]+):/.exec(name) ?? [];
    if (storage !== undefined) byStorage.set(storage, [...(byStorage.get(storage) ?? []), name]);
  }
  const told: string[] = [];
  for (const [storage, volumes] of byStorage) {
    const list = (names: readonly string[]): string =>
      `${names.join(', ')} ${names.length === 1 ? 'is' : 'are'} still there`;
    try {
      const left = await stillOn(storage, node, volumes, pve);
      const free = left.map((volume) => `pvesm free ${volume}`).join('; ');
      if (left.length > 0)
        told.push(`${list(left)}. Where no other guest uses ${left.length === 1 ? 'it' : 'them'}: ${free}`);
    } catch (error) {
      if (!(error instanceof PvevmError)) throw error;
      told.push(`whether ${list(volumes)} cannot be told: ${error.message}`);
    }
  }
  return told;
}

/**
 * What a failed step of a removal is reported with where its guest is gone, which is what was wanted: that somebody else
 * has removed it, and what is left of its volumes. Undefined where the failure stays one: where the step removes nothing,
 * where it has failed for something else, where any guest of that id is in the cluster, on whatever node and whoever may
 * see it (pve-manager: PVE/API2/Cluster.pm, nextid), and where that cannot be read.
 */
export async function removedMeanwhile(
  error: unknown,
  step: Step,
  plan: ResourcePlan,
  pve: PveReader,
): Promise<readonly string[] | undefined> {
  if (plan.action !== 'delete' || !isGuestPlan(plan) || !mayBeGone(error)) return undefined;
  const { vmid, node } = plan;
  try {
    if ((await createClusterView(pve).nextId(vmid)) === undefined) return undefined;
  } catch (failure) {
    if (failure instanceof PvevmError) return undefined;
    throw failure;
  }
  return [`somebody else has removed guest ${vmid} meanwhile`, ...(await leftBehind(step, node, pve))];
}
