import type { Address } from '../../core/address.ts';
import { PvevmError } from '../../core/error.ts';
import { isObject, type Json } from '../../core/json.ts';
import type { GuestPlan } from '../../core/plan.ts';
import type { StepRequest } from '../../core/step.ts';
import { createClusterView } from '../../pve/cluster.ts';
import type { PveReader } from '../../pve/reader.ts';
import { busyWords, classifyFailedWrite } from '../recovery/classify.ts';
import { explainDeadCreate } from '../recovery/dead-worker.ts';
import { type FoundTask, findTask } from '../recovery/find-task.ts';
import { ENDED_UNSEEN, FOUND_DONE, waitedInVain } from '../recovery/lost-words.ts';
import { SILENCE_MS } from '../recovery/patient-reader.ts';
import { finish, type Sending, sendOnce } from '../recovery/send-surely.ts';
import { configOn, refuseTwin, refuseTwinBeside, refuseTwinInTheWay } from '../recovery/twin.ts';
import { isSameButEnd } from './fill-until.ts';
import type { GuestSession } from './guest-session.ts';
import { fillRequest } from './placeholders.ts';

const TRIES = 20;
const POLL_MS = 500;
const PATIENCE_MS = 3_600_000;
// Proxmox VE writes the lock just before the task begins, so that a few looks without a task say nothing.
const LOOKS_WITHOUT_TASK = 10;

async function nextFreeId(pve: PveReader, above: number): Promise<number> {
  const cluster = createClusterView(pve);
  for (let vmid = above + 1; ; vmid += 1) if ((await cluster.nextId(vmid)) !== undefined) return vmid;
}

/** Where the guest of a request is while it is made: a clone for another node is made beside its source, and then handed over. */
function nodesOf(request: StepRequest, session: GuestSession): readonly string[] {
  const [, node = session.node] = /^\/nodes\/([^/]+)\//.exec(request.path) ?? [];
  return [...new Set([session.node, node])];
}

/** The guest that a clone is made from; undefined for a request that is no clone. */
function sourceOf({ path }: StepRequest): string | undefined {
  return /\/qemu\/(\d+)\/clone$/.exec(path)?.[1];
}

/** One create request that was sent. */
interface Sent {
  readonly filled: StepRequest;
  /** By the server's clock, in milliseconds since the epoch. */
  readonly sentAt: number | undefined;
}

/** What became of a create whose answer was lost: the guest is there and ours, is somebody else's, or is not there. */
async function fateOf(
  { filled }: Sent,
  session: GuestSession,
  made: boolean,
  sending: Sending,
  limitMs: number = PATIENCE_MS,
): Promise<'ours' | 'theirs' | 'absent'> {
  const { reader, clock, patience } = sending;
  const nodes = nodesOf(filled, session);
  // The task of a clone has the id of its source (recorded: `qmclone:120`).
  const taskId = sourceOf(filled) ?? String(session.vmid);
  const { description } = filled.params;
  let looksWithoutTask = 0;
  for (let waited = 0; waited < limitMs; waited += POLL_MS) {
    const config = await configOn(reader, nodes, session.vmid);
    if (config === undefined) return 'absent';
    const lock = isObject(config) ? config['lock'] : undefined;
    if (lock !== 'create' && lock !== 'clone') {
      // Without a mark, the task that made it tells.
      const isOurs =
        description === undefined ? made : isObject(config) && isSameButEnd(config['description'], description);
      return isOurs ? 'ours' : 'theirs';
    }
    const tasks = await createClusterView(reader).runningTasks(nodes.at(-1) ?? session.node);
    looksWithoutTask = tasks.some((task) => task.id === taskId) ? 0 : looksWithoutTask + 1;
    if (looksWithoutTask >= LOOKS_WITHOUT_TASK) return 'theirs';
    sending.onProgress(patience.waitedMs);
    await clock.sleep(POLL_MS);
  }
  return 'theirs';
}

/** The task of a create whose answer was lost; that of a clone cannot be told from those of other clones of its source. */
async function taskOf(
  { filled, sentAt }: Sent,
  session: GuestSession,
  sending: Sending,
): Promise<FoundTask | undefined> {
  if (sourceOf(filled) !== undefined) return undefined;
  const { vmid, node } = session;
  const { pve, reader, known } = sending;
  const found = await findTask(reader, {
    ...{ node, types: ['qmcreate'], id: String(vmid), vmid, user: pve.user, sentAt, known },
  });
  return found?.isAfter === true ? found : undefined;
}

/** The end of a lost create: its warnings where the guest is ours, or whose it is otherwise. */
async function endOf(
  sent: Sent,
  session: GuestSession,
  sending: Sending,
): Promise<readonly string[] | 'theirs' | 'absent'> {
  const task = await taskOf(sent, session, sending);
  let warnings: readonly string[] = [];
  try {
    if (task !== undefined) warnings = await finish(task.upid, sending);
  } catch (error) {
    // Whatever its end, the guest itself says what is there. Where it is not, the next request tells why.
    if (!(error instanceof PvevmError)) throw error;
  }
  const fate = await fateOf(sent, session, task !== undefined, sending);
  return fate === 'ours' ? [...warnings, FOUND_DONE] : fate;
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
  sending: Sending,
  vmidOf: (address: Address) => number | undefined,
): Promise<readonly string[]> {
  const { pve, reader, patience } = sending;
  const { vmidChosen } = plan;
  const fill = filler(request, () => fillRequest(request, { vmid: session.vmid, vmidChosen, vmidOf }));
  // An id whose create may have been carried out though its answer was lost: when it is taken, that may be by us.
  let unsure: number | undefined;
  for (let attempt = 1; ; ) {
    const sent = { filled: fill(), sentAt: pve.answeredAt?.() };
    patience.isUnsure = unsure === session.vmid;
    try {
      if (vmidChosen && unsure !== session.vmid) await refuseTakenClone(reader, plan, session, sent.filled);
      if (vmidChosen) await refuseTwin(plan.address, sent.filled, session.vmid, reader);
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
        await refuseTwinInTheWay(plan.address, sent.filled, session.vmid, nodesOf(sent.filled, session), sending);
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
  sending: Sending,
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
  await refuseTwinBeside(address, filled, session.vmid, sending.reader);
  return warnings;
}
