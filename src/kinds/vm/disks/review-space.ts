import type { Diagnostic } from '../../../core/diagnostic.ts';
import type { Change } from '../../../core/plan.ts';
import type { Resource } from '../../../core/resource.ts';
import { displaySize, GIB } from '../../../core/units.ts';
import { parseDiskSize } from '../../../pve/codecs/codecs.ts';
import type { LiveState, Observation, PlanContext } from '../../kind.ts';
import { besides } from '../../space-ledger.ts';
import { decodeVm } from '../live.ts';
import { changeProblem } from './problem.ts';
import { movesIn } from './review-moves.ts';
import { isGrowth } from './volume-change.ts';

interface Demand {
  readonly storage: string;
  readonly bytes: number;
  readonly change: Change;
}

function sizeIn(key: string, live: LiveState): number {
  return parseDiskSize(decodeVm(key, live.current.get(key) ?? '')?.['size'] ?? '') ?? 0;
}

/** What moves and growth take of each storage; a disk that moves and grows takes its new size of the new one. */
function demands({ live, desired }: Observation, changes: readonly Change[]): readonly Demand[] {
  if (live === undefined) return [];
  const moves = movesIn(changes, live);
  const growing = changes.filter((change) => change.state === 'change' && isGrowth(change));
  const growthOf = (key: string): number => {
    const change = growing.find((candidate) => candidate.key === key);
    const wanted = desired.find((managed) => managed.path === change?.path)?.value;
    return typeof wanted === 'number' ? Math.max(0, wanted - sizeIn(key, live)) : 0;
  };
  return [
    ...moves.map(({ key, storage, change }) => ({ storage, bytes: sizeIn(key, live) + growthOf(key), change })),
    ...growing
      .filter((change) => !moves.some((move) => move.key === change.key))
      .map((change) => ({
        storage: decodeVm(change.key, live.current.get(change.key) ?? '')?.['storage'] ?? '',
        bytes: growthOf(change.key),
        change,
      })),
  ];
}

/** Storages with less free space than what is moved to them, and what grows on them, may take. */
export async function spaceWarnings(
  resource: Resource,
  observation: Observation,
  changes: readonly Change[],
  { cluster, space }: PlanContext,
): Promise<readonly Diagnostic[]> {
  const wanted = demands(observation, changes);
  if (wanted.length === 0) return [];
  const storages = await cluster.storagesOf(observation.node);
  return [...new Set(wanted.map(({ storage }) => storage))].flatMap((name) => {
    const mine = wanted.filter(({ storage }) => storage === name);
    const bytes = mine.reduce((sum, demand) => sum + demand.bytes, 0);
    const storage = storages.find((candidate) => candidate.storage === name);
    const [first] = mine;
    if (storage === undefined || first === undefined || bytes === 0) return [];
    const claim = { by: resource.address, storage: name, node: observation.node, shared: storage.shared };
    // What is new on the same storage is a claim of its own.
    const strain = space.claim({ ...claim, by: `${claim.by} (moves and growth)`, firm: 0, thin: bytes }, storage.avail);
    if (strain === undefined) return [];
    const detail = `What is moved to ${name} or grows there takes up to ${displaySize(bytes)}${besides(strain)}, and ${(storage.avail / GIB).toFixed(1)} GiB are free. A thin storage can promise more than it has; others will refuse.`;
    return [
      changeProblem(
        resource,
        first.change,
        'the storage has less space than the disks may take',
        detail,
        'MISSING',
        'warning',
      ),
    ];
  });
}
