import { PvevmError } from '../../core/error.ts';
import { isObject } from '../../core/json.ts';
import type { PveReader } from '../../pve/reader.ts';
import { configOn } from './twin.ts';

/** What a create came to whose task ended without a word. */
export interface DeadCreate {
  readonly error: unknown;
  /** Whether something of the guest stays behind, which keeps its id from others. */
  readonly isLeft: boolean;
}

const ENDED = 'It ended without a word, as where its worker is killed or its node restarts.';

/** The same error with what it shows besides, and what to do first. */
function explained(error: PvevmError, details: readonly string[], hints: readonly string[]): PvevmError {
  const { message, upid, status, parameters } = error;
  return new PvevmError(error.code, message, {
    ...{ cause: error, parameters, details: [...error.details, ...details], hints: [...hints, ...error.hints] },
    ...(upid === undefined ? {} : { upid }),
    ...(status === undefined ? {} : { status }),
  });
}

/**
 * Says what a create has left whose worker died: a guest that holds nothing but its lock, which only a person may remove
 * (qemu-server: PVE/API2/Qemu.pm, create_vm and clone_vm, write the lock before the worker begins).
 */
export async function explainDeadCreate(
  error: unknown,
  { nodes, vmid, vmidChosen }: { nodes: readonly string[]; vmid: number; vmidChosen: boolean },
  reader: PveReader,
): Promise<DeadCreate> {
  if (!(error instanceof PvevmError) || error.code !== 'TASK_FAILED') return { error, isLeft: false };
  const config = await configOn(reader, nodes, vmid);
  const lock = isObject(config) ? config['lock'] : undefined;
  const isLeft = lock === 'create' || lock === 'clone';
  const left = isLeft
    ? [`Guest ${vmid} is left half-made, holds lock: ${lock}, and keeps that id from others.`]
    : config === undefined
      ? [`Nothing is left of guest ${vmid}.`]
      : [];
  const next = vmidChosen ? 'Run the command again: it takes another id.' : 'Then run the command again.';
  const hints = isLeft
    ? [`Where nothing works on it any more, remove it with: qm unlock ${vmid} && qm destroy ${vmid}`, next]
    : ['Run the command again.'];
  return { error: explained(error, [ENDED, ...left], hints), isLeft };
}

/**
 * Says what to do after a write whose task has ended without a word, or cannot be asked any more, and of which nothing shows
 * that it was carried out. A task that still runs at its deadline says so itself.
 */
export function explainDeadWorker(error: unknown, { node, vmid }: { node: string; vmid: number | undefined }): unknown {
  if (!(error instanceof PvevmError) || error.code === 'TIMEOUT') return error;
  const what = vmid === undefined ? 'what it has left' : `guest ${vmid}`;
  const hint = `Look at ${what} on ${node}, and run the command again: it goes on from what is there.`;
  return explained(error, error.code === 'TASK_FAILED' ? [ENDED] : [], [hint]);
}
