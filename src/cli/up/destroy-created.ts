import type { Address } from '../../core/address.ts';
import { errorName } from '../../core/error-name.ts';
import { EXIT_CODES } from '../../core/exit-code.ts';
import type { Plan } from '../../core/plan.ts';
import { leaveRefused } from '../../engine/leave-refused.ts';
import { planCreatedRemoval, REMOVAL_EFFECTS } from '../../engine/rollback/created-removal.ts';
import type { Connection } from '../connect.ts';
import { type CommandScope, makePlan, type PlanDocuments } from '../make-plan.ts';
import type { RunCommandOptions } from '../plan-options.ts';
import { runPlanned } from '../run/run-plan.ts';
import { documentDigests } from '../saved-plan/document-digests.ts';
import { withoutSignals } from './narrow-io.ts';

/** The guests that a run has created: their ids by address, and what tells each from another one of its id. */
export interface CreatedGuests {
  readonly vmids: ReadonlyMap<Address, number>;
  readonly incarnations: ReadonlyMap<Address, string | null>;
}

/** The plan that destroys created guests, and nothing else of the documents. */
export function removalOf(
  vmids: ReadonlyMap<Address, number>,
  documents: PlanDocuments,
  connection: Connection,
  scope: CommandScope<RunCommandOptions>,
): Promise<Plan> {
  const created = { ...documents, diagnostics: [] };
  return makePlan((options) => planCreatedRemoval(vmids, options), created, connection, scope);
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
    scope.output.problem(
      `warning: ${address} is left: guest ${vmid} is another one than this run has created [${errorName('IDENTITY')}]`,
    );
  const left = leaveRefused(plan, new Set(others.map(({ address }) => address)));
  const code = await runPlanned(
    {
      ...{ plan: left, files: documents.files, allowed: new Set(REMOVAL_EFFECTS), question: undefined, removal: true },
      ...{ continuation: 'pvevm reap, once their time is over', command: 'up' },
      sources: () => documentDigests(documents),
    },
    connection,
    { ...scope, io: withoutSignals(scope.io) },
  );
  const stays = left.resources.some(({ action }) => action !== 'delete');
  return code === EXIT_CODES.ok && stays ? EXIT_CODES.partial : code;
}
