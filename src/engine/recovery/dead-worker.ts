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
  const { message, upid, status, parameters, details } = error;
  const explained = new PvevmError(error.code, message, {
    ...{ cause: error, parameters, details: [...details, ENDED, ...left], hints: [...hints, ...error.hints] },
    ...(upid === undefined ? {} : { upid }),
    ...(status === undefined ? {} : { status }),
  });
  return { error: explained, isLeft };
}
