import type { Clock } from '../../core/clock.ts';
import type { PvevmError } from '../../core/error.ts';
import type { Step, StepRequest } from '../../core/step.ts';
import { createClusterView } from '../../pve/cluster.ts';
import type { Pending } from '../../pve/cluster-rows.ts';
import type { PveClient, PveReader } from '../../pve/reader.ts';
import { waitForTask } from '../../pve/task.ts';
import type { TaskWatch } from '../../pve/task-watch.ts';
import { parseUpid } from '../../pve/upid.ts';
import { busyWords, classifyFailedWrite, wasStartedBefore, wasTakenOutBefore } from './classify.ts';
import { explainDeadWorker } from './dead-worker.ts';
import type { FoundTask } from './find-task.ts';
import { type LostWrite, lookUp } from './look-up.ts';
import {
  ENDED_UNSEEN,
  FOUND_DONE,
  STARTED_BY_OTHERS,
  TAKEN_OUT_BY_OTHERS,
  unknownOutcomeOf,
  waitedInVain,
} from './lost-words.ts';
import { operationOf } from './operations.ts';
import type { Patience } from './patience.ts';
import { SILENCE_MS } from './patient-reader.ts';
import { readOutcome } from './read-outcome.ts';

/** A write that is ready to be sent, after everything that it rests on was checked. */
export interface Prepared {
  readonly request: StepRequest;
  /** The guest's configuration as it was read just before; undefined for what is no guest's. */
  readonly before: Pending | undefined;
}

/** What sending needs. */
export interface Sending {
  readonly step: Step;
  readonly pve: PveClient;
  /** Reads that survive a server which is away for a while. */
  readonly reader: PveReader;
  readonly clock: Clock;
  readonly patience: Patience;
  readonly node: string;
  /** Undefined for what is no guest. */
  readonly vmid: number | undefined;
  /** The tasks that the run has started for this guest. */
  readonly known: Set<string>;
  readonly onProgress: (runningMs: number, line?: string) => void;
  /** The tasks that the run waits for at the same time. */
  readonly tasks: TaskWatch;
}

/** Sends one request, once. */
export function sendOnce(pve: PveClient, request: StepRequest): Promise<unknown> {
  const options = { params: request.params };
  if (request.method === 'POST') return pve.post(request.path, options);
  return request.method === 'PUT' ? pve.put(request.path, options) : pve.delete(request.path, options);
}

/** Waits for the task that an answer names, where it names one; gives its warnings. */
export async function finish(
  answer: unknown,
  sending: Omit<Sending, 'node' | 'vmid' | 'reader'>,
): Promise<readonly string[]> {
  if (parseUpid(answer) === undefined) return [];
  const { pve, step, clock, known, onProgress, tasks } = sending;
  known.add(String(answer));
  const { warnings } = await waitForTask(pve, String(answer), {
    clock,
    timeoutMs: step.await.timeoutMs,
    onProgress,
    watch: tasks,
  });
  return warnings;
}

/** What is to be done after a failure: it is done after all, or a found task is waited for, or it is sent again. */
type Next =
  | { readonly type: 'done'; readonly warning: string }
  | { readonly type: 'wait'; readonly task: FoundTask }
  | { readonly type: 'again'; readonly isUnsure: boolean };

/** Whether a guest's configuration is as it was when a write was sent. */
async function isUnchanged({ before, node, vmid }: LostWrite, reader: PveReader): Promise<boolean> {
  if (before === undefined || vmid === undefined) return false;
  return (await createClusterView(reader).pending(node, vmid)).digest === before.digest;
}

async function afterLost(error: unknown, write: LostWrite | undefined, sending: Sending): Promise<Next> {
  const { reader, patience, step, node, vmid } = sending;
  if (write === undefined) throw unknownOutcomeOf(error, { step, node, vmid });
  patience.isUnsure = true;
  const found = await lookUp(write, reader, patience);
  if (typeof found !== 'string') return { type: 'wait', task: found };
  if (found === 'done') return { type: 'done', warning: FOUND_DONE };
  if (found === 'unclear' && write.operation.resend === 'read-back') throw unknownOutcomeOf(error, write);
  if (!(await patience.pause('the server, which did not answer', SILENCE_MS))) {
    throw found === 'unclear'
      ? unknownOutcomeOf(error, write)
      : waitedInVain(error, 'an answer; what was read back shows that it was not carried out', patience.waitedMs);
  }
  return { type: 'again', isUnsure: true };
}

/** Whether two reads of a configuration differ in nothing but a lock, which changes the digest too. */
function differsByLock(before: Pending, after: Pending): boolean {
  const keys = new Set([...before.items.keys(), ...after.items.keys()]);
  keys.delete('lock');
  const text = (config: Pending, key: string): string => JSON.stringify(config.items.get(key) ?? null);
  return [...keys].every((key) => text(before, key) === text(after, key));
}

/** Refused as out of date: by what somebody else did, by our own first request, or by a lock that has come or gone. */
async function afterStale(
  error: unknown,
  write: LostWrite | undefined,
  isUnsure: boolean,
  { reader, patience }: Sending,
): Promise<Next> {
  if (write === undefined) throw error;
  const { before, node, vmid } = write;
  if (isUnsure && (await readOutcome(write, reader)) === 'done') return { type: 'done', warning: FOUND_DONE };
  // What carries no digest was refused for what it asks, however the configuration is.
  if (before === undefined || vmid === undefined || write.operation.resend !== 'digest') throw error;
  const after = await createClusterView(reader).pending(node, vmid);
  if (!differsByLock(before, after) || !(await patience.pause(`guest ${vmid}, whose configuration is in use`)))
    throw error;
  return { type: 'again', isUnsure: false };
}

async function afterFailure(
  error: unknown,
  write: LostWrite | undefined,
  isUnsure: boolean,
  sending: Sending,
): Promise<Next> {
  const { reader, patience } = sending;
  const failure = classifyFailedWrite(error);
  const ofTask = (error as Partial<PvevmError>).upid !== undefined;
  switch (failure) {
    case 'lost':
      return await afterLost(error, write, sending);
    case 'not-sent':
      if (await patience.pause('a connection to the server', SILENCE_MS)) return { type: 'again', isUnsure };
      throw waitedInVain(error, 'a connection to the server', patience.waitedMs);
    case 'busy':
    case 'locked': {
      const isSafe = !ofTask || (write !== undefined && write.operation.afterBusy === 'again');
      if (!isSafe && (write === undefined || !(await isUnchanged(write, reader)))) throw error;
      if (await patience.pause(busyWords(error))) return { type: 'again', isUnsure: isUnsure && !ofTask };
      throw waitedInVain(error, busyWords(error), patience.waitedMs);
    }
    case 'stale':
      return await afterStale(error, write, isUnsure, sending);
    case 'vanished':
      if (write !== undefined && (await readOutcome(write, reader)) === 'done')
        return { type: 'done', warning: ENDED_UNSEEN };
      throw explainDeadWorker(error, sending);
    default:
      // That it runs is all that was asked for; what would still be pending then is found by the next plan.
      if (wasStartedBefore(error) && write !== undefined && (await readOutcome(write, reader)) === 'done')
        return { type: 'done', warning: STARTED_BY_OTHERS };
      if (wasTakenOutBefore(error) && write !== undefined && (await readOutcome(write, reader)) === 'done')
        return { type: 'done', warning: isUnsure ? FOUND_DONE : TAKEN_OUT_BY_OTHERS };
      throw error;
  }
}

/** What is to be done after a failure, for a write that is about to be sent for the first time or again. */
interface Course {
  /** Sent before, and nobody knows what became of it: it is sent again as it was. */
  readonly lost: LostWrite | undefined;
  /** Its task, which is waited for in place of sending. */
  readonly found: FoundTask | undefined;
}

function writeOf(prepared: Prepared, sending: Sending): LostWrite | undefined {
  const { pve, clock, step, node, vmid, known } = sending;
  const operation = operationOf(prepared.request);
  if (operation === undefined) return undefined;
  const begun = clock.now();
  const sentAt = pve.answeredAt?.();
  const agoMs = (): number => clock.now() - begun;
  return { operation, step, ...prepared, node, vmid, user: pve.user, sentAt, known, agoMs };
}

async function prepareAgain(
  prepare: () => Promise<Prepared>,
  lost: LostWrite | undefined,
  reader: PveReader,
): Promise<Prepared | 'done'> {
  try {
    return await prepare();
  } catch (error) {
    // Our own first request may be what has changed it.
    const isOurs = lost !== undefined && classifyFailedWrite(error) === 'stale';
    if (isOurs && (await readOutcome(lost, reader)) === 'done') return 'done';
    throw error;
  }
}

/** Waits for a task that was found. One that began before, by the clocks, has to have left what the write asks for. */
async function finishFound(
  found: FoundTask,
  write: LostWrite,
  sending: Sending,
): Promise<readonly string[] | undefined> {
  const warnings = await finish(found.upid, sending);
  const isOurs = found.isAfter || (await readOutcome(write, sending.reader)) !== 'not-done';
  return isOurs ? [...warnings, FOUND_DONE] : undefined;
}

/**
 * Sends a write until it is known what became of it, as the table of operations allows: `prepare` checks what it rests on
 * before each time. What was lost is looked for before it is sent again, with the very same parameters. Gives the
 * warnings of its task, and one where its answer was lost. Throws `UNKNOWN_OUTCOME` where nobody can tell, and what does
 * not change by waiting at once.
 */
export async function sendSurely(prepare: () => Promise<Prepared>, sending: Sending): Promise<readonly string[]> {
  const { pve, reader, patience } = sending;
  let course: Course = { lost: undefined, found: undefined };
  for (;;) {
    const { lost, found } = course;
    let write = lost;
    let send = async (): Promise<readonly string[] | undefined> =>
      found === undefined || write === undefined ? undefined : await finishFound(found, write, sending);
    if (found === undefined) {
      const prepared = await prepareAgain(prepare, lost, reader);
      if (prepared === 'done') return [FOUND_DONE];
      write = lost ?? writeOf(prepared, sending);
      const { request } = write ?? prepared;
      send = async () => await finish(await sendOnce(pve, request), sending);
    }
    try {
      const warnings = await send();
      if (warnings !== undefined) return warnings;
      course = { lost: undefined, found: undefined };
    } catch (error) {
      const next = await afterFailure(error, write, lost !== undefined && found === undefined, sending);
      if (next.type === 'done') return [next.warning];
      course = {
        lost: next.type === 'wait' || next.isUnsure ? write : undefined,
        found: next.type === 'wait' ? next.task : undefined,
      };
    }
    patience.isUnsure = course.lost !== undefined;
  }
}
