import { PvevmError } from '../../core/error.ts';
import type { Step, StepRequest } from '../../core/step.ts';
import { createClusterView } from '../../pve/cluster.ts';
import type { Pending } from '../../pve/cluster-rows.ts';
import type { PveReader } from '../../pve/reader.ts';
import { classifyFailedWrite } from '../recovery/classify.ts';
import { type GuestSession, keysOf } from './guest-session.ts';

const SOMEBODY_FASTER =
  'Somebody else was faster. Run the command again (a saved plan has to be made anew): it plans from what is there now.';

/** The config as it was read just before a write, and the write itself. */
export interface FailedWrite {
  readonly before: Pending;
  readonly request: StepRequest;
}

/** What a failed write left pending in the keys that it names, one line each. */
function leftPending(before: Pending, after: Pending, keys: readonly string[]): readonly string[] {
  return [...new Set(keys)].flatMap((key) => {
    const [old, now] = [before.items.get(key), after.items.get(key)];
    if (now?.delete !== undefined) return old?.delete === undefined ? [`left pending: the removal of ${key}`] : [];
    if (now?.pending === undefined || now.pending === old?.pending) return [];
    return [`left pending: ${key} = ${now.pending}`];
  });
}

async function whatIsLeft(
  { before, request }: FailedWrite,
  { node, vmid }: GuestSession,
  pve: PveReader,
): Promise<readonly string[]> {
  try {
    return leftPending(before, await createClusterView(pve).pending(node, vmid), keysOf(request.params));
  } catch (error) {
    if (!(error instanceof PvevmError)) throw error;
    return [`What it left pending could not be read: ${error.message}`];
  }
}

/**
 * A failure of a step with what to do about it: the step's own remedies, and where somebody else was faster, that a new
 * plan is made; and after a failed config write what is left pending, since Proxmox VE writes key by key and keeps what
 * the running guest did not take, for the next restart by anyone (qemu-server: PVE/API2/Qemu.pm, update_vm_api).
 */
export async function explainFailure(
  error: unknown,
  step: Step,
  write: FailedWrite | undefined,
  session: GuestSession | undefined,
  pve: PveReader,
): Promise<unknown> {
  if (!(error instanceof PvevmError)) return error;
  const isConfigWrite = write?.request.path.endsWith('/config') === true && session !== undefined;
  const left = isConfigWrite ? await whatIsLeft(write, session, pve) : [];
  const isFaster = classifyFailedWrite(error) === 'stale' && error.hints.length === 0;
  const hints = [...(step.hints ?? []), ...(isFaster ? [SOMEBODY_FASTER] : [])];
  if (left.length === 0 && hints.length === 0) return error;
  const remedy =
    left.length === 0
      ? []
      : [
          `The next restart of guest ${session?.vmid}, by anyone, applies what is left pending. Run the command again: what the document says otherwise is withdrawn.`,
        ];
  const { cause, status, upid, parameters, details } = error;
  return new PvevmError(error.code, error.message, {
    ...(cause === undefined ? {} : { cause }),
    ...(status === undefined ? {} : { status }),
    ...(upid === undefined ? {} : { upid }),
    parameters,
    details: [...details, ...left],
    hints: [...hints, ...remedy, ...error.hints],
  });
}
