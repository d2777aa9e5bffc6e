import type { Address } from '../../core/address.ts';
import { PvevmError } from '../../core/error.ts';
import { isObject } from '../../core/json.ts';
import type { StepRequest } from '../../core/step.ts';
import { createClusterView } from '../../pve/cluster.ts';
import type { PveReader } from '../../pve/reader.ts';
import type { GuestLooks, LookReaders } from './guest-looks.ts';
import type { Sending } from './send-surely.ts';

const POLL_MS = 500;
// Proxmox VE writes the lock just before the task begins, so that a few looks without a task say nothing.
const LOOKS_WITHOUT_TASK = 10;
const PATIENCE_MS = 3_600_000;

/** The config of a guest on one of some nodes; undefined where it is on none of them. */
export async function configOn(pve: PveReader, nodes: readonly string[], vmid: number): Promise<unknown> {
  for (const node of nodes) {
    try {
      return await pve.get('/nodes/{node}/qemu/{vmid}/config', { path: { node, vmid } });
    } catch (error) {
      if (!(error instanceof PvevmError) || error.code !== 'PVE_NOT_FOUND') throw error;
    }
  }
  return undefined;
}

/** What the last line of a description says up to a guest's own id; undefined where it does not name it. */
function claimIn(description: unknown, vmid: number): string | undefined {
  const line = typeof description === 'string' ? (description.split('\n').at(-1) ?? '') : '';
  const [, claim] = /^(.+:)(\d+)(?: .*)?$/.exec(line) ?? [];
  return claim !== undefined && line.slice(claim.length).split(' ')[0] === String(vmid) ? claim : undefined;
}

/** Whether a guest's config makes the same claim, with its own id, as a create request makes with its own. */
function claimsTheSame(config: unknown, vmid: number, claim: string): boolean {
  return isObject(config) && claimIn(config['description'], vmid) === claim;
}

/** A guest that is being created: its resource, the request that is sent for it, and its id in that. */
interface Created {
  readonly address: Address;
  readonly filled: StepRequest;
  readonly vmid: number;
}

/** Another guest of the name that makes the same claim as a create request; undefined where there is none. */
async function findTwin(created: Created, looks: GuestLooks, readers: LookReaders): Promise<number | undefined> {
  const { vmid } = created;
  const { params } = created.filled;
  const claim = claimIn(params['description'], vmid);
  if (claim === undefined) return undefined;
  const named = (await looks.look(readers)).get(String(params['name'])) ?? [];
  for (const guest of named) {
    if (guest.vmid === vmid) continue;
    if (claimsTheSame(await configOn(readers.reader, [guest.node], guest.vmid), guest.vmid, claim)) return guest.vmid;
  }
  return undefined;
}

function madeMeanwhile(address: Address, vmid: number): PvevmError {
  return new PvevmError('STALE', `cannot create ${address}: guest ${vmid} was made from it meanwhile`, {
    hints: ['Another run was faster, or this plan was carried out before. Run the command again: it plans anew.'],
  });
}

/**
 * Throws `STALE` where another run of the same document has made its guest since the plan: one under another id would be
 * its twin. What is still being made has no name yet, and is not seen.
 */
export async function refuseTwin(created: Created, looks: GuestLooks, readers: LookReaders): Promise<void> {
  const twin = await findTwin(created, looks, readers);
  if (twin !== undefined) throw madeMeanwhile(created.address, twin);
}

/** The node of the guest that has an id, where the answer to a create names it (pve-cluster: PVE/Cluster.pm, check_vmid_unused). */
export function nodeOfTaken(error: unknown): readonly string[] {
  const [, node] = (error instanceof Error && / already exists on node '([^']+)'/.exec(error.message)) || [];
  return node === undefined ? [] : [node];
}

/**
 * Throws `STALE` where the guest that took an id is the very one that a create request makes. One that is still being made
 * is waited for: it says whose it is when it is done (qemu-server: PVE/API2/Qemu.pm, create_vm).
 */
export async function refuseTwinInTheWay(
  { address, filled, vmid }: Created,
  nodes: readonly string[],
  { reader, clock, patience, onProgress }: Sending,
): Promise<void> {
  const claim = claimIn(filled.params['description'], vmid);
  if (claim === undefined) return;
  let looksWithoutTask = 0;
  for (let waited = 0; waited < PATIENCE_MS && looksWithoutTask < LOOKS_WITHOUT_TASK; waited += POLL_MS) {
    // On another node, or hidden from this token, it is somebody else's.
    const config = await configOn(reader, nodes, vmid).catch((error: unknown) => {
      if (error instanceof PvevmError) return undefined;
      throw error;
    });
    if (claimsTheSame(config, vmid, claim)) throw madeMeanwhile(address, vmid);
    const lock = isObject(config) ? config['lock'] : undefined;
    if (lock !== 'create' && lock !== 'clone') return;
    let isMade = false;
    for (const node of nodes) {
      const tasks = await createClusterView(reader).runningTasks(node);
      isMade ||= tasks.some(({ id, type }) => id === String(vmid) || type === 'qmclone');
    }
    looksWithoutTask = isMade ? 0 : looksWithoutTask + 1;
    onProgress(patience.waitedMs);
    await clock.sleep(POLL_MS);
  }
}

/**
 * Throws `STALE` where another run has made its guest from the same document at the same moment, under another id: of two
 * such runs at least the one whose guest is there last sees both. Nothing is removed: which of them is used, a person knows.
 */
export async function refuseTwinBeside(created: Created, looks: GuestLooks, readers: LookReaders): Promise<void> {
  const twin = await findTwin(created, looks, readers);
  if (twin === undefined) return;
  const { address, vmid } = created;
  const what = `guest ${vmid}, which this run has made, and guest ${twin}, which another run has, carry the same mark`;
  throw new PvevmError('STALE', `cannot go on with ${address}: ${what}`, {
    hints: [
      `Look at both, and destroy the one that nobody uses: most likely guest ${vmid}, which has not been started.`,
      'Run the command again then, and let no two runs of one project go on at a time.',
    ],
  });
}
