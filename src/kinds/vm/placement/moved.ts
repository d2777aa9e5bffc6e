import type { Diagnostic } from '../../../core/diagnostic.ts';
import type { Change } from '../../../core/plan.ts';
import type { Resource } from '../../../core/resource.ts';
import type { Step } from '../../../core/step.ts';
import type { Observation, PlanContext } from '../../kind.ts';
import { ownerOf } from '../disks/volumes.ts';
import { isUnderHa } from '../power/power-drafts.ts';
import { type Draft, numberSteps, TIMEOUTS } from '../steps.ts';
import { migrationTime } from './migration-time.ts';
import { changesAfterMove } from './target-storages.ts';

/** A guest as it is once it was brought to its node. */
function movedObservation(observation: Observation): Observation {
  const { movesTo } = observation;
  return movesTo === undefined ? observation : { ...observation, node: movesTo.node };
}

/** What reviewing a guest may read that is planned to be elsewhere: what is the guest's own is read where it is now. */
function movedContext({ node: here, movesTo, vmid }: Observation, context: PlanContext): PlanContext {
  if (movesTo === undefined) return context;
  const { cluster } = context;
  const nodeOf = (node: string, asked: number): string => (asked === vmid ? here : node);
  return {
    ...context,
    cluster: {
      ...cluster,
      pending: (node, asked) => cluster.pending(nodeOf(node, asked), asked),
      guestStatus: (node, asked) => cluster.guestStatus(nodeOf(node, asked), asked),
      snapshots: (node, asked) => cluster.snapshots(nodeOf(node, asked), asked),
      snapshotConfig: (node, asked, name) => cluster.snapshotConfig(nodeOf(node, asked), asked, name),
      volume: (node, storage, volid) => cluster.volume(ownerOf(volid) === vmid ? here : node, storage, volid),
      texts: (path, values = {}) => cluster.texts(path, values['vmid'] === vmid ? { ...values, node: here } : values),
    },
  };
}

function migrateDraft(observation: Observation): Draft | undefined {
  const { node, vmid, live, movesTo } = observation;
  if (movesTo === undefined) return undefined;
  const running = live?.running === true;
  const local = movesTo.params['with-local-disks'] === 1 ? ', with its local disks' : '';
  const storages = movesTo.params['targetstorage'] === undefined ? '' : `, storages ${movesTo.params['targetstorage']}`;
  const how = running ? ' while it runs' : '';
  const underHa = live?.current.has('ha') === true && isUnderHa({ live, desired: [] });
  return {
    title: `migrate to ${movesTo.node}${how}${local}${storages}`,
    effect: 'migrate',
    expects: { power: running ? 'running' : 'stopped' },
    request: {
      method: 'POST',
      path: `/nodes/${node}/qemu/${vmid}/migrate`,
      params: { target: movesTo.node, ...movesTo.params },
    },
    await: { for: 'node', node: movesTo.node, timeoutMs: live === undefined ? TIMEOUTS.volume : migrationTime(live) },
    ...(underHa
      ? { hints: ['The HA manager migrates it: look at its log with ha-manager status, and at its rules or groups.'] }
      : {}),
  };
}

/** Reviews a guest's changes on the node where they will be made; what the migration does itself is left out. */
export async function reviewMoved(
  observation: Observation,
  changes: readonly Change[],
  context: PlanContext,
  review: (
    observation: Observation,
    changes: readonly Change[],
    context: PlanContext,
  ) => Promise<readonly Diagnostic[]>,
): Promise<readonly Diagnostic[]> {
  if (observation.movesTo === undefined) return await review(observation, changes, context);
  const left = new Set(changesAfterMove(observation, changes));
  const seen = changes.filter((change) => left.has(change) || change.key === 'node');
  return await review(movedObservation(observation), seen, movedContext(observation, context));
}

/** The steps that bring a guest to its node, and then, there, to its state. */
export function withMigration(
  resource: Resource,
  observation: Observation,
  changes: readonly Change[],
  stepsThere: (observation: Observation, changes: readonly Change[]) => readonly Step[],
): readonly Step[] {
  const draft = migrateDraft(observation);
  if (draft === undefined) return stepsThere(observation, changes);
  const rest = stepsThere(movedObservation(observation), changesAfterMove(observation, changes));
  const drafts = rest.map(({ id: _id, resource: _resource, ...step }): Draft => step);
  return numberSteps(resource.address, [draft, ...drafts]);
}
