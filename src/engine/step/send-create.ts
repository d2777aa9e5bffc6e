import type { Address } from '../../core/address.ts';
import { PvevmError } from '../../core/error.ts';
import type { Json } from '../../core/json.ts';
import type { GuestPlan } from '../../core/plan.ts';
import type { StepRequest } from '../../core/step.ts';
import { createClusterView } from '../../pve/cluster.ts';
import type { PveReader } from '../../pve/reader.ts';
import { busyWords, classifyFailedWrite } from '../recovery/classify.ts';
import { explainDeadCreate } from '../recovery/dead-worker.ts';
import type { GuestLooks } from '../recovery/guest-looks.ts';
import { ENDED_UNSEEN, waitedInVain } from '../recovery/lost-words.ts';
import { SILENCE_MS } from '../recovery/patient-reader.ts';
import { finish, type Sending, sendOnce } from '../recovery/send-surely.ts';
import { nodeOfTaken, refuseTwin, refuseTwinBeside, refuseTwinInTheWay } from '../recovery/twin.ts';
import type { GuestSession } from './guest-session.ts';
import { endOf, fateOf, nodesOf, PATIENCE_MS, POLL_MS, sourceOf } from './lost-create.ts';
import { fillRequest } from './placeholders.ts';

const TRIES = 20;

async function nextFreeId(pve: PveReader, above: number): Promise<number> {
  const cluster = createClusterView(pve);
  for (let vmid = above + 1; ; vmid += 1) if ((await cluster.nextId(vmid)) !== undefined) return vmid;
}

/** What sending a create needs. */
export interface CreateSending extends Sending {
  /** The looks at the guests of the cluster that the run's creates share. */
  readonly looks: GuestLooks;
  /** Says that the create keeps nothing busy any more, though the step goes on. */
  readonly release: () => void;
}

/**
 * Throws `ID_TAKEN` where the id of a clone is taken: the call itself looks at its own node alone, and an id that is in
 * use on another one fails its task (qemu-server: PVE/API2/Qemu.pm, clone_vm).
 */
async function refuseTakenClone(
  pve: PveReader,
  plan: GuestPlan,
  { vmid }: GuestSession,
  filled: StepRequest,
): Promise<void> {
  if (sourceOf(filled) === undefined || (await createClusterView(pve).nextId(vmid)) !== undefined) return;
  throw new PvevmError('ID_TAKEN', `cannot create ${plan.address}: guest ${vmid} exists by now`);
}

/** Waits before a create is sent again that had no effect; throws its error where it had one, or patience is over. */
async function waitForTurn(error: unknown, plan: GuestPlan, session: GuestSession, sending: Sending): Promise<void> {
  const { patience, reader } = sending;
  const isUnsent = classifyFailedWrite(error) === 'not-sent';
  const waitingFor = isUnsent ? 'a connection to the server' : busyWords(error);
  // A worker that fails removes what it made, and its id is free again (qemu-server: PVE/API2/Qemu.pm, create_vm, clone_vm).
  const ofTask = error instanceof PvevmError && error.upid !== undefined;
  if (ofTask && (await createClusterView(reader).nextId(session.vmid)) === undefined) {
    if (!plan.vmidChosen) throw error;
    session.vmid = await nextFreeId(reader, session.vmid);
  }
  if (!(await patience.pause(waitingFor, isUnsent ? SILENCE_MS : undefined)))
    throw waitedInVain(error, waitingFor, patience.waitedMs);
}

function notOurs(plan: GuestPlan, { vmid }: GuestSession, cause: unknown): PvevmError {
  return new PvevmError('ID_TAKEN', `cannot create ${plan.address}: guest ${vmid} is there, and is not ours`, {
    cause,
  });
}

/** A request as it is sent: one with a uuid of its own keeps that, however often it is sent. */
function filler(request: StepRequest, fill: () => StepRequest): () => StepRequest {
  let smbios: Json | undefined;
  return () => {
    const filled = fill();
    if (request.params['smbios1'] === undefined) return filled;
    smbios ??= filled.params['smbios1'];
    return { ...filled, params: { ...filled.params, smbios1: smbios ?? null } };
  };
}

async function createGuest(
  request: StepRequest,
  plan: GuestPlan,
  session: GuestSession,
  sending: CreateSending,
  vmidOf: (address: Address) => number | undefined,
): Promise<readonly string[]> {
  const { pve, reader, patience, looks } = sending;
  const { vmidChosen, address } = plan;
  const fill = filler(request, () => fillRequest(request, { vmid: session.vmid, vmidChosen, vmidOf }));
  // An id whose create may have been carried out though its answer was lost: when it is taken, that may be by us.
  let unsure: number | undefined;
  for (let attempt = 1; ; ) {
    const sent = { filled: fill(), sentAt: pve.answeredAt?.() };
    const created = { address, filled: sent.filled, vmid: session.vmid };
    patience.isUnsure = unsure === session.vmid;
    try {
      if (vmidChosen && unsure !== session.vmid) await refuseTakenClone(reader, plan, session, sent.filled);
      if (vmidChosen) await refuseTwin(created, looks, sending);
      return await finish(await sendOnce(pve, sent.filled), sending);
    } catch (error) {
      const failure = classifyFailedWrite(error);
      if (failure === 'not-sent' || failure === 'busy' || failure === 'locked') {
        await waitForTurn(error, plan, session, sending);
        continue;
      }
      attempt += 1;
      if (failure === 'vanished') {
        // One that still runs at its deadline has had its time.
        const limitMs = error instanceof PvevmError && error.code === 'TIMEOUT' ? POLL_MS : PATIENCE_MS;
        if ((await fateOf(sent, session, true, sending, limitMs)) === 'ours') return [ENDED_UNSEEN];
        const about = { nodes: nodesOf(sent.filled, session), vmid: session.vmid, vmidChosen };
        const dead = await explainDeadCreate(error, about, reader);
        if (dead.isLeft) patience.isUnsure = true;
        throw dead.error;
      }
      if ((failure !== 'lost' && failure !== 'taken') || attempt > TRIES) throw error;
      const taken = failure === 'taken';
      if (!taken) unsure = session.vmid;
      else if (unsure !== session.vmid)
        await refuseTwinInTheWay(
          created,
          [...new Set([...nodesOf(sent.filled, session), ...nodeOfTaken(error)])],
          sending,
        );
      const end = taken && unsure !== session.vmid ? 'theirs' : await endOf(sent, session, sending);
      if (typeof end !== 'string') return end;
      if (end === 'absent' && !taken) {
        if (!(await patience.pause('the server, which did not answer', SILENCE_MS))) throw error;
        continue;
      }
      // Taken, and not on our node: somebody else's, on another one.
      if (!vmidChosen) throw taken ? error : notOurs(plan, session, error);
      session.vmid = await nextFreeId(reader, session.vmid);
    }
  }
}

/**
 * Sends the create request, and waits for its task. The call is the compare-and-swap of the id: where pvevm chose it and
 * it is taken by now, the next free one is tried. After a lost answer its task and the guest of that id are looked at: one
 * with our mark is ours, one without is somebody else's, and where there is none the same id is tried again. What is busy
 * is waited for. Gives the warnings of the task, and one where its answer was lost. Throws `STALE` where another run of the
 * same document was faster, or as fast.
 */
export async function sendCreate(
  request: StepRequest,
  plan: GuestPlan,
  session: GuestSession,
  sending: CreateSending,
  vmidOf: (address: Address) => number | undefined,
): Promise<readonly string[]> {
  const warnings = await createGuest(request, plan, session, sending, vmidOf);
  const { vmidChosen, address } = plan;
  const filled = fillRequest(request, { vmid: session.vmid, vmidChosen, vmidOf });
  session.made = filled.params['description'];
  if (!vmidChosen) return warnings;
  // Whatever comes of it, this run has made a guest.
  session.exists = true;
  sending.patience.isUnsure = true;
  sending.release();
  await refuseTwinBeside({ address, filled, vmid: session.vmid }, sending.looks, sending);
  return warnings;
}
