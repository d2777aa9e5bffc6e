import { PvevmError } from '../../core/error.ts';
import { displayDuration } from '../../core/units.ts';
import type { Sent } from './read-outcome.ts';

/** What a step is reported with whose answer was lost, and which was found done. */
export const FOUND_DONE = 'the answer was lost; it was found done';
/** The same for one whose task could not be asked to its end. */
export const ENDED_UNSEEN = 'its task could not be followed to its end; it was found done';

/** What a start is reported with that somebody else was faster with. */
export const STARTED_BY_OTHERS = 'somebody else has started it meanwhile';

/** What taking a guest out of HA is reported with that somebody else was faster with. */
export const TAKEN_OUT_BY_OTHERS = 'somebody else has taken it out of HA meanwhile';

/** The same error with what came of waiting in its details. */
export function withDetails(error: PvevmError, details: readonly string[]): PvevmError {
  const { cause, status, upid, parameters, hints } = error;
  return new PvevmError(error.code, error.message, {
    ...(cause === undefined ? {} : { cause }),
    ...(status === undefined ? {} : { status }),
    ...(upid === undefined ? {} : { upid }),
    parameters,
    hints,
    details: [...error.details, ...details],
  });
}

/** The error for what was waited for in vain. */
export function waitedInVain(error: unknown, waitingFor: string, waitedMs: number): unknown {
  if (!(error instanceof PvevmError)) return error;
  return withDetails(error, [`Waited ${displayDuration(waitedMs)} for ${waitingFor}.`]);
}

/** The error for a write of which nobody can tell whether it was carried out. */
export function unknownOutcomeOf(error: unknown, sent: Pick<Sent, 'step' | 'node' | 'vmid'>): PvevmError {
  const { step, node, vmid } = sent;
  const about = vmid === undefined ? '' : ` --vmid ${vmid}`;
  return new PvevmError('UNKNOWN_OUTCOME', `cannot tell whether it was done: ${step.title}`, {
    cause: error,
    details: [
      error instanceof Error ? error.message : 'The answer was lost.',
      'No task of it was found, and what was read back does not show whether it was carried out.',
    ],
    hints: [
      `Look at the tasks of ${node}: pvenode task list${about} --source all`,
      'Run the command again: it plans from what is there then.',
    ],
  });
}
