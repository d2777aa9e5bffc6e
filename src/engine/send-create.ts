import type { Clock } from '../core/clock.ts';
import { PvevmError } from '../core/error.ts';
import { isObject } from '../core/json.ts';
import type { ResourcePlan } from '../core/plan.ts';
import type { StepRequest } from '../core/step.ts';
import { createClusterView } from '../pve/cluster.ts';
import type { PveClient } from '../pve/reader.ts';
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

/** What became of a create whose answer was lost: the guest is there and ours, is somebody else's, or is not there. */
async function fateOf(
  pve: PveClient,
  clock: Clock,
  session: GuestSession,
  description: unknown,
): Promise<'ours' | 'theirs' | 'absent'> {
  let looksWithoutTask = 0;
  for (let waited = 0; waited < PATIENCE_MS; waited += POLL_MS) {
    try {
      const config = await pve.get('/nodes/{node}/qemu/{vmid}/config', {
        path: { node: session.node, vmid: session.vmid },
      });
      const lock = isObject(config) ? config['lock'] : undefined;
      if (lock !== 'create') {
        return isObject(config) && typeof description === 'string' && config['description'] === description
          ? 'ours'
          : 'theirs';
      }
      const tasks = await createClusterView(pve).runningTasks(session.node);
      // Proxmox VE writes the lock just before the task begins, so that one look without a task says nothing.
      looksWithoutTask = tasks.some((task) => task.id === String(session.vmid)) ? 0 : looksWithoutTask + 1;
      if (looksWithoutTask >= 3) return 'theirs';
    } catch (error) {
      if (error instanceof PvevmError && error.code === 'PVE_NOT_FOUND') return 'absent';
      throw error;
    }
    await clock.sleep(POLL_MS);
  }
  return 'theirs';
}

/**
 * Throws `STALE` where the guest that took an id is the very one that the plan makes: another run of the same document
 * made it, and a second one under the next id would be its twin.
 */
async function refuseTwin(
  pve: PveClient,
  plan: ResourcePlan,
  session: GuestSession,
  description: unknown,
): Promise<void> {
  const path = { node: session.node, vmid: session.vmid };
  const config = await pve.get('/nodes/{node}/qemu/{vmid}/config', { path }).catch((error: unknown) => {
    // On another node, or hidden from this token: then it is somebody else's.
    if (error instanceof PvevmError) return undefined;
    throw error;
  });
  if (!isObject(config) || typeof description !== 'string' || config['description'] !== description) return;
  throw new PvevmError('STALE', `cannot create ${plan.address}: guest ${session.vmid} was made from it meanwhile`, {
    hints: ['Another run was faster, or this plan was carried out before. Run the command again: it plans anew.'],
  });
}

/**
 * Sends the create request. The call is the compare-and-swap of the id: where pvevm chose it and it is taken by now, the
 * next free one is tried. After a lost answer the guest of that id is looked at: one with our mark is ours, one without
 * is somebody else's, and where there is none the same id is tried again. Returns the answer; undefined where the guest
 * was found made.
 */
export async function sendCreate(
  request: StepRequest,
  plan: ResourcePlan,
  session: GuestSession,
  pve: PveClient,
  clock: Clock,
): Promise<unknown> {
  // An id whose create may have been carried out though its answer was lost: when it is taken, that may be by us.
  let unsure: number | undefined;
  for (let attempt = 1; ; attempt += 1) {
    const filled = fillRequest(request, { vmid: session.vmid, vmidChosen: plan.vmidChosen });
    try {
      return await pve.post(filled.path, { params: filled.params });
    } catch (error) {
      if (!(error instanceof PvevmError) || attempt >= TRIES) throw error;
      const taken = error.code === 'ID_TAKEN';
      if (!taken && !isLost(error)) throw error;
      if (!taken) unsure = session.vmid;
      else if (unsure !== session.vmid) await refuseTwin(pve, plan, session, filled.params['description']);
      const fate =
        taken && unsure !== session.vmid ? 'theirs' : await fateOf(pve, clock, session, filled.params['description']);
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
