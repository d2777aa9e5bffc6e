import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PvevmError } from '../../src/core/error.ts';
import type { JsonObject } from '../../src/core/json.ts';
import type { SeededRandom } from '../../src/sandbox/random.ts';
import { readState } from '../faults/cluster-state.ts';
import type { Process } from '../faults/world.ts';
import type { Tally } from '../requirements/tally.ts';
import { markOf, uuidOf } from './guests.ts';
import type { SwarmWorld } from './world.ts';

/** A guest, or a key of one, that somebody has set by hand, and that is to stay as it is. */
export interface Kept {
  readonly vmid: number;
  /** What tells it from another guest of that id. */
  readonly uuid: string;
  /** The line of its config; absent: the whole guest is theirs. */
  readonly line?: string;
  /** Its config as it was left, where the whole guest is theirs. */
  readonly text?: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

/** Somebody who works on the cluster by hand, meanwhile. */
export interface Person {
  readonly kept: readonly Kept[];
  /** The ids under which somebody has made a guest by hand, whatever became of it. */
  readonly made: ReadonlySet<number>;
  work(): Promise<void>;
  /** Destroys a guest. */
  destroy(vmid: number): Promise<void>;
}

const REPLACE = 'delete and make anew';

const UNMANAGED: readonly (readonly [key: string, value: string | number])[] = [
  ['localtime', 1],
  ['startdate', '2006-06-17'],
  ['migrate_downtime', '0.3'],
  ['net7', 'virtio,bridge=vmbr9'],
  ['scsi13', 'ceph-pool:1'],
];

/** Lets a person do so many things, by chance; `removing` has something in it while a run destroys guests. */
export function createPerson(
  world: SwarmWorld,
  process: Process,
  deeds: number,
  removing: ReadonlySet<object>,
  random: SeededRandom,
  tally: Tally,
): Person {
  const { pve, clock } = process;
  const kept: Kept[] = [];
  const made = new Set<number>();

  /** Sends a request, and waits for its task; false where it is refused. */
  const did = async (send: () => Promise<unknown>): Promise<boolean> => {
    try {
      const upid = await send();
      if (typeof upid !== 'string' || !upid.startsWith('UPID:')) return true;
      const node = upid.split(':')[1] ?? '';
      for (;;) {
        const task = await pve.get('/nodes/{node}/tasks/{upid}/status', { path: { node, upid } });
        const { status, exitstatus } = task as { status: string; exitstatus?: string };
        if (status === 'stopped') return exitstatus === 'OK' || exitstatus?.startsWith('WARNINGS') === true;
        await clock.sleep(300);
      }
    } catch (error) {
      if (error instanceof PvevmError) return false;
      throw error;
    }
  };

  const remove = async (path: string, vmid: number): Promise<boolean> => {
    await did(() => pve.delete(`/cluster/ha/resources/vm:${vmid}`));
    await did(() => pve.post(`${path}/status/stop`));
    return await did(() => pve.delete(path, { params: { purge: 1 } }));
  };

  const make = async (node: string, vmid: number): Promise<boolean> => {
    const params = { vmid, name: `mine-${vmid}`, scsi0: 'ceph-pool:1', net0: 'virtio,bridge=vmbr0', memory: 512 };
    if (!(await did(() => pve.post(`/nodes/${node}/qemu`, { params })))) return false;
    keep(vmid);
    return true;
  };

  const isBusy = (vmid: number): boolean => {
    const saved = JSON.parse(readFileSync(join(world.sandbox.directory, 'sandbox.json'), 'utf8')) as {
      readonly tasks: readonly { readonly id: string; readonly exitstatus?: string }[];
    };
    return saved.tasks.some(({ id, exitstatus }) => id === String(vmid) && exitstatus === undefined);
  };

  const keep = (vmid: number, line?: string): void => {
    const text = world.sandbox.guestConfig(vmid);
    const uuid = uuidOf(text);
    if (text === undefined || uuid === undefined) return;
    if (line === undefined) made.add(vmid);
    // The tasks of the sandbox hold no guest: one that began before goes for whatever has its id when it gets to it.
    if (line === undefined && isBusy(vmid)) return;
    const at = world.scheduler.now();
    kept.push({ ...{ vmid, uuid, at }, ...(line === undefined ? { text } : { line }) });
  };

  const set = (path: string, params: JsonObject): Promise<boolean> => did(() => pve.put(`${path}/config`, { params }));

  const setUnmanaged = async (path: string, vmid: number): Promise<boolean> => {
    const before = uuidOf(world.sandbox.guestConfig(vmid));
    const [key, value] = UNMANAGED[random.integer(UNMANAGED.length)] ?? ['localtime', 1];
    if (!(await set(path, { [key]: value }))) return false;
    const text = world.sandbox.guestConfig(vmid);
    const line = new RegExp(`^${key}: .*$`, 'm').exec(text ?? '')?.[0];
    if (line !== undefined && uuidOf(text) === before) keep(vmid, line);
    return true;
  };

  type Deed = (path: string, vmid: number, node: string) => Promise<boolean>;
  const deedsByName: Readonly<Record<string, Deed>> = {
    'set an unmanaged key': setUnmanaged,
    'set an unmanaged key ': setUnmanaged,
    'change a managed key': (path) => set(path, random.integer(2) === 0 ? { cores: 5, onboot: 1 } : { memory: 1536 }),
    'detach a disk': (path) => set(path, { delete: 'scsi1' }),
    'switch on or off': (path) => did(() => pve.post(`${path}/status/${random.integer(2) === 0 ? 'start' : 'stop'}`)),
    delete: remove,
    [REPLACE]: async (path, vmid, node) => (await remove(path, vmid)) && (await make(node, vmid)),
    migrate: (path, _vmid, node) => {
      const target = ['pve1', 'pve2', 'pve3'].filter((other) => other !== node)[random.integer(2)] ?? '';
      return did(() => pve.post(`${path}/migrate`, { params: { target, online: 1, 'with-local-disks': 1 } }));
    },
    'clone with its mark': async (path) => {
      const newid = 600 + random.integer(50);
      const cloned = await did(() => pve.post(`${path}/clone`, { params: { newid, full: 1, name: `copy-${newid}` } }));
      if (cloned) keep(newid);
      return cloned;
    },
    'make a guest': () => make('pve3', 101 + random.integer(6)),
  };

  return {
    ...{ kept, made },
    async destroy(vmid) {
      const node = readState(world.sandbox.directory).guests.get(vmid)?.node;
      if (node !== undefined) await remove(`/nodes/${node}/qemu/${vmid}`, vmid);
    },
    async work() {
      for (let number = 0; number < deeds; number += 1) {
        // What is being removed is worth a look at once: another guest may take its place meanwhile.
        for (let left = random.integer(24); left > 0 && removing.size === 0; left -= 1) await clock.sleep(500);
        const isRemoving = removing.size > 0 && random.integer(3) > 0;
        const { guests } = readState(world.sandbox.directory);
        const owned = [...guests].filter(([vmid, { text }]) =>
          ['red', 'blue'].includes(markOf(text, vmid)?.stack ?? ''),
        );
        const names = Object.keys(deedsByName);
        const name = isRemoving ? REPLACE : (names[random.integer(names.length)] ?? '');
        const [vmid, { node }] = owned[random.integer(Math.max(1, owned.length))] ?? [0, { node: 'pve1' }];
        if (vmid === 0 && name !== 'make a guest') continue;
        world.note('person', `— ${name.trim()} (guest ${vmid})`);
        const isDone = await deedsByName[name]?.(`/nodes/${node}/qemu/${vmid}`, vmid, node);
        tally.add('by hand', isDone === true ? name.trim() : 'refused');
      }
    },
  };
}
