import type { Address } from '../core/address.ts';
import type { Clock } from '../core/clock.ts';
import { PvevmError } from '../core/error.ts';
import { isObject } from '../core/json.ts';
import type { GuestPlan } from '../core/plan.ts';
import type { StepRequest } from '../core/step.ts';
import { createClusterView } from '../pve/cluster.ts';
import type { PveClient } from '../pve/reader.ts';
import { isSameButEnd } from './fill-until.ts';
import type { GuestSession } from './guest-session.ts';
import { fillRequest } from './placeholders.ts';

const TRIES = 20;
const POLL_MS = 500;
const PATIENCE_MS = 3_600_000;

function isLost(error: unknown): boolean {
  return error instanceof PvevmError && (error.code === 'CONNECT' || error.code === 'TIMEOUT' || error.status === 599);
}

async function nextFreeId(pve: PveClient, above: number): Promise<number> {
  const cluster = createClusterView(pve);
  for (let vmid = above + 1; ; vmid += 1) if ((await cluster.nextId(vmid)) !== undefined) return vmid;
}

/** The config of a guest on one of some nodes; undefined where it is on none of them. */
async function configOn(pve: PveClient, nodes: readonly string[], vmid: number): Promise<unknown> {
  for (const node of nodes) {
    try {
      return await pve.get('/nodes/{node}/qemu/{vmid}/config', { path: { node, vmid } });
    } catch (error) {
      if (!(error instanceof PvevmError) || error.code !== 'PVE_NOT_FOUND') throw error;
    }
  }
  return undefined;
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

/** What became of a create whose answer was lost: the guest is there and ours, is somebody else's, or is not there. */
async function fateOf(
  pve: PveClient,
  clock: Clock,
  session: GuestSession,
  filled: StepRequest,
): Promise<'ours' | 'theirs' | 'absent'> {
  const nodes = nodesOf(filled, session);
  // The task of a clone has the id of its source (recorded: `qmclone:120`).
  const taskId = sourceOf(filled) ?? String(session.vmid);
  const { description } = filled.params;
  let looksWithoutTask = 0;
  for (let waited = 0; waited < PATIENCE_MS; waited += POLL_MS) {
    const config = await configOn(pve, nodes, session.vmid);
    if (config === undefined) return 'absent';
    const lock = isObject(config) ? config['lock'] : undefined;
    if (lock !== 'create' && lock !== 'clone') {
      return isObject(config) && isSameButEnd(config['description'], description) ? 'ours' : 'theirs';
    }
    const tasks = await createClusterView(pve).runningTasks(nodes.at(-1) ?? session.node);
    // Proxmox VE writes the lock just before the task begins, so that one look without a task says nothing.
    looksWithoutTask = tasks.some((task) => task.id === taskId) ? 0 : looksWithoutTask + 1;
    if (looksWithoutTask >= 3) return 'theirs';
    await clock.sleep(POLL_MS);
  }
  return 'theirs';
}

/**
 * Throws `STALE` where the guest that took an id is the very one that the plan makes: another run of the same document
 * made it, and a second one under the next id would be its twin.
 */
async function refuseTwin(pve: PveClient, plan: GuestPlan, session: GuestSession, filled: StepRequest): Promise<void> {
  const { description } = filled.params;
  const config = await configOn(pve, nodesOf(filled, session), session.vmid).catch((error: unknown) => {
    // On another node, or hidden from this token: then it is somebody else's.
    if (error instanceof PvevmError) return undefined;
    throw error;
  });
  if (!isObject(config) || !isSameButEnd(config['description'], description)) return;
  throw new PvevmError('STALE', `cannot create ${plan.address}: guest ${session.vmid} was made from it meanwhile`, {
    hints: ['Another run was faster, or this plan was carried out before. Run the command again: it plans anew.'],
  });
}

/**
 * Throws `ID_TAKEN` where the id of a clone is taken: the call itself looks at its own node alone, and an id that is in
 * use on another one fails its task (qemu-server: PVE/API2/Qemu.pm, clone_vm).
 */
async function refuseTakenClone(
  pve: PveClient,
  plan: GuestPlan,
  { vmid }: GuestSession,
  filled: StepRequest,
): Promise<void> {
  if (sourceOf(filled) === undefined || (await createClusterView(pve).nextId(vmid)) !== undefined) return;
  throw new PvevmError('ID_TAKEN', `cannot create ${plan.address}: guest ${vmid} exists by now`);
}

/**
 * Sends the create request. The call is the compare-and-swap of the id: where pvevm chose it and it is taken by now, the
 * next free one is tried. After a lost answer the guest of that id is looked at: one with our mark is ours, one without
 * is somebody else's, and where there is none the same id is tried again. Returns the answer; undefined where the guest
 * was found made.
 */
export async function sendCreate(
  request: StepRequest,
  plan: GuestPlan,
  session: GuestSession,
  pve: PveClient,
  clock: Clock,
  vmidOf: (address: Address) => number | undefined,
): Promise<unknown> {
  // An id whose create may have been carried out though its answer was lost: when it is taken, that may be by us.
  let unsure: number | undefined;
  for (let attempt = 1; ; attempt += 1) {
    const filled = fillRequest(request, { vmid: session.vmid, vmidChosen: plan.vmidChosen, vmidOf });
    try {
      if (plan.vmidChosen && unsure !== session.vmid) await refuseTakenClone(pve, plan, session, filled);
      return await pve.post(filled.path, { params: filled.params });
    } catch (error) {
      if (!(error instanceof PvevmError) || attempt >= TRIES) throw error;
      const taken = error.code === 'ID_TAKEN';
      if (!taken && !isLost(error)) throw error;
      if (!taken) unsure = session.vmid;
      else if (unsure !== session.vmid) await refuseTwin(pve, plan, session, filled);
      const fate = taken && unsure !== session.vmid ? 'theirs' : await fateOf(pve, clock, session, filled);
      if (fate === 'ours') return undefined;
      // Taken, and not on our node: somebody else's, on another one.
      if (fate === 'theirs' || taken) {
        if (!plan.vmidChosen)
          throw taken
            ? error
            : new PvevmError(
                'ID_TAKEN',
                `cannot create ${plan.address}: guest ${session.vmid} is there, and is not ours`,
                { cause: error },
              );
        session.vmid = await nextFreeId(pve, session.vmid);
      }
    }
  }
}
