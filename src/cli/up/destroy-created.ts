import type { Address } from '../../core/address.ts';
import { EXIT_CODES } from '../../core/exit-code.ts';
import { isObject, type JsonObject } from '../../core/json.ts';
import type { Plan } from '../../core/plan.ts';
import type { Resource } from '../../core/resource.ts';
import { leaveRefused } from '../../engine/leave-refused.ts';
import { createRemovalPlan } from '../../engine/removal-plan.ts';
import type { Connection } from '../connect.ts';
import { type CommandScope, makePlan, type PlanDocuments } from '../make-plan.ts';
import type { RunCommandOptions } from '../plan-options.ts';
import { runPlanned } from '../run-plan.ts';
import { withoutSignals } from './narrow-io.ts';

/** The guests that a run has created: their ids by address, and what tells each from another one of its id. */
export interface CreatedGuests {
  readonly vmids: ReadonlyMap<Address, number>;
  readonly incarnations: ReadonlyMap<Address, string | null>;
}

const SHUTDOWN = '30s';

// Nothing of what this run has made is worth keeping; a guest is asked to shut down all the same.
const ALLOWED: readonly string[] = ['restart', 'data-loss', 'hard-stop'];

/** A document of a created guest, by its id; what its end costs is not worth the usual time that a guest has to shut down. */
function bound(resource: Resource, vmid: number): Resource {
  const written = resource.spec['timeouts'];
  const timeouts = { shutdown: SHUTDOWN, ...(isObject(written) ? (written as JsonObject) : {}) };
  return { ...resource, spec: { ...resource.spec, vmid, timeouts } };
}

/** The plan that destroys created guests, and nothing else of the documents. */
export function removalOf(
  vmids: ReadonlyMap<Address, number>,
  documents: PlanDocuments,
  connection: Connection,
  scope: CommandScope<RunCommandOptions>,
): Promise<Plan> {
  const resources = documents.resources.flatMap((resource): readonly Resource[] => {
    const vmid = vmids.get(resource.address);
    return vmid === undefined ? [] : [bound(resource, vmid)];
  });
  const { files, project, documents: count, valid, exit } = documents;
  const created = { resources, files, project, documents: count, valid, exit, diagnostics: [] };
  return makePlan(createRemovalPlan, created, connection, { ...scope, options: { ...scope.options, allow: ALLOWED } });
}

/**
 * Destroys the guests that a run has created: those that are still the same, by their incarnation. Signals no longer stop
 * it. Gives the exit code back; `partial` where one of them stays.
 */
export async function destroyCreated(
  { vmids, incarnations }: CreatedGuests,
  documents: PlanDocuments,
  connection: Connection,
  scope: CommandScope<RunCommandOptions>,
): Promise<number> {
  const plan = await removalOf(vmids, documents, connection, scope);
  const others = plan.resources.filter(({ address, incarnation }) => {
    const known = incarnations.get(address);
    return known !== undefined && known !== incarnation;
  });
  for (const { address, vmid } of others)
    scope.output.problem(`warning: ${address} is left: guest ${vmid} is another one than this run has created`);
  const left = leaveRefused(plan, new Set(others.map(({ address }) => address)));
  const code = await runPlanned(
    {
      ...{ plan: left, files: documents.files, allowed: new Set(ALLOWED), question: undefined, removal: true },
      continuation: 'pvevm reap, once their time is over',
    },
    connection,
    { ...scope, io: withoutSignals(scope.io) },
  );
  const stays = left.resources.some(({ action }) => action !== 'delete');
  return code === EXIT_CODES.ok && stays ? EXIT_CODES.partial : code;
}
