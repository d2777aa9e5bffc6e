import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { PvevmError } from '../../../src/core/error.ts';
import type { Json } from '../../../src/core/json.ts';
import { createPveClient } from '../../../src/pve/client.ts';
import { systemClock } from '../../../src/pve/clock.ts';
import type { PveClient } from '../../../src/pve/reader.ts';
import { type Sandbox, startSandbox } from '../../../src/sandbox/index.ts';
import { type CliRun, runCli } from '../../run-cli.ts';
import { documentText, FIRST_DOCUMENTS, STACKS, type Stack, type StackDocument } from './documents.ts';
import { type GuestView, readGuests } from './guest-views.ts';
import type { Write } from './touched.ts';

/** A cluster, two projects on it, and the hands of a person. */
export interface World {
  readonly pve: PveClient;
  /** The time of the cluster, in milliseconds since the epoch. */
  now(): number;
  forward(milliseconds: number): void;
  /** Writes a document into the project of a stack, or takes it away. */
  write(stack: Stack, name: string, document: StackDocument | undefined): void;
  /** Runs the program in the project of a stack. */
  run(stack: Stack, argv: readonly string[]): Promise<CliRun>;
  /** Does something by hand; false where Proxmox VE refuses it. */
  byHand(work: () => Promise<unknown>): Promise<boolean>;
  look(): ReadonlyMap<number, GuestView>;
  /** All writes since the last call. */
  writes(): readonly Write[];
  close(): Promise<void>;
}

/** Where a world begins: a folder with a sandbox that has guests of nobody, and the two projects. */
export interface Beginning {
  readonly root: string;
  remove(): void;
}

const START = Date.parse('2026-08-01T08:00:00Z');

async function open(directory: string): Promise<Omit<World, 'write' | 'run'> & { readonly sandbox: Sandbox }> {
  let now = START;
  // The time of the cluster goes on when it is told to; its tasks wait for nothing.
  const hostClock = { now: () => now, sleep: () => nextTurn() };
  const sandbox = await startSandbox({ directory, clock: hostClock, seed: 7, taskTimeMs: 0 });
  const clock = { ...systemClock, sleep: (milliseconds: number) => systemClock.sleep(Math.min(milliseconds, 5)) };
  const credentials = { type: 'token', token: sandbox.token } as const;
  const pve = createPveClient({ endpoint: sandbox.endpoint, credentials, trust: { ca: sandbox.ca }, clock });
  let seen = 0;
  return {
    ...{ sandbox, pve, now: () => now },
    forward: (milliseconds) => {
      now += milliseconds;
    },
    byHand: async (work) => {
      try {
        await work();
        return true;
      } catch (error) {
        if (error instanceof PvevmError && error.code !== 'INTERNAL' && error.code !== 'CONNECT') return false;
        throw error;
      } finally {
        await sandbox.settled();
      }
    },
    look: () => readGuests(directory),
    writes: () => {
      const fresh = sandbox.requests.slice(seen).filter(({ method }) => method !== 'GET');
      seen = sandbox.requests.length;
      return fresh;
    },
    close: async () => {
      await pve.close();
      await sandbox.close();
    },
  };
}

/** The guests of nobody: a template, one under HA that runs and has a stack's tag, and one in the pool with a copied mark. */
const NOBODYS: readonly Readonly<Record<string, Json>>[] = [
  { vmid: 900, name: 'tpl', scsi0: 'ceph-pool:4', description: 'pvevm:blue:vm/tpl:899' },
  { vmid: 901, name: 'tagged', scsi0: 'ceph-pool:4', tags: 'pvevm-red;pvevm-blue' },
  { vmid: 902, name: 'copy', scsi0: 'ceph-pool:4', tags: 'pvevm-red', description: 'pvevm:red:vm/web:201' },
];

/** Makes the folder that each world is a copy of, in which both stacks have applied their first documents. */
export async function prepareBeginning(): Promise<Beginning> {
  const root = mkdtempSync(join(tmpdir(), 'pvevm-stacks-'));
  const { pve, byHand, run, write, close } = await openWorld(root, 'full');
  const must = async (work: () => Promise<unknown>): Promise<void> => {
    if (!(await byHand(work))) throw new Error('the beginning cannot be made');
  };
  await must(() => pve.post('/pools', { params: { poolid: 'shared' } }));
  for (const params of NOBODYS) await must(() => pve.post('/nodes/pve1/qemu', { params }));
  await must(() => pve.post('/nodes/pve1/qemu/900/template'));
  await must(() => pve.post('/nodes/pve1/qemu/901/status/start'));
  await must(() => pve.post('/cluster/ha/resources', { params: { sid: 'vm:901', state: 'started' } }));
  await must(() => pve.put('/pools', { params: { poolid: 'shared', vms: '902' } }));
  for (const stack of STACKS) {
    for (const [name, document] of FIRST_DOCUMENTS[stack]) write(stack, name, document);
    const { code, stderr } = await run(stack, ['apply', '-y']);
    if (code !== 0) throw new Error(stderr);
  }
  await close();
  return { root, remove: () => rmSync(root, { recursive: true, force: true }) };
}

/** Starts a world from a beginning; the project of blue marks its guests as it is said. */
export async function startWorld(beginning: Beginning, marksOfBlue: 'full' | 'description'): Promise<World> {
  const root = mkdtempSync(join(tmpdir(), 'pvevm-world-'));
  cpSync(beginning.root, root, { recursive: true });
  const world = await openWorld(root, marksOfBlue);
  return {
    ...world,
    close: async () => {
      await world.close();
      rmSync(root, { recursive: true, force: true });
    },
  };
}

async function openWorld(root: string, marksOfBlue: 'full' | 'description'): Promise<World> {
  const { sandbox, ...world } = await open(join(root, 'sandbox'));
  const ca = join(root, 'ca.pem');
  writeFileSync(ca, sandbox.ca);
  const env = { PVEVM_ENDPOINT: sandbox.endpoint, PVEVM_TOKEN: sandbox.token, PVEVM_CA: ca };
  for (const stack of STACKS) {
    mkdirSync(join(root, stack), { recursive: true });
    const mark = stack === 'blue' ? marksOfBlue : 'full';
    writeFileSync(join(root, stack, 'pvevm.yaml'), `kind: project\nstack: ${stack}\nmark: ${mark}\n`);
  }
  return {
    ...world,
    write: (stack, name, document) => {
      const file = join(root, stack, `${name}.yaml`);
      if (document === undefined) rmSync(file);
      else writeFileSync(file, documentText(name, document));
    },
    run: async (stack, argv) => {
      const run = await runCli(argv, { cwd: join(root, stack), env });
      await sandbox.settled();
      return run;
    },
  };
}
