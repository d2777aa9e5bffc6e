import { resolve } from 'node:path';
import { systemClock } from '../../pve/clock.ts';
import type { Io } from '../io.ts';
import type { Candidate } from './values.ts';

// Somebody waits with a finger on the key; what documents say is offered meanwhile.
const LIMIT_MS = 1500;

async function* nothing(): AsyncGenerator<string> {}

/** Whether a sandbox is asked for that no process serves: one is not started for a key. */
async function isSandboxDown(folder: string | undefined, cwd: string): Promise<boolean> {
  if (folder === undefined) return false;
  const { runningSandbox } = await import('../../sandbox/index.ts');
  const { SANDBOX_FOLDER } = await import('../connect.ts');
  return runningSandbox(resolve(cwd, folder === '' ? SANDBOX_FOLDER : folder)) === undefined;
}

/**
 * The virtual machines of the cluster that the command line leads to, by the options that were `given` before the cursor:
 * `vm/web-01`, with its id and node. One list is read; nothing is asked, and what takes longer than a second and a half
 * is given up. Throws where there is no connection.
 */
export async function liveGuests(given: ReadonlyMap<string, string>, io: Io): Promise<readonly Candidate[]> {
  const all = (name: string): readonly string[] | undefined => (given.has(name) ? [given.get(name) ?? ''] : undefined);
  const named = {
    ...{ context: given.get('--context'), tokenFile: given.get('--token-file'), ca: given.get('--ca') },
    ...{ endpoint: all('--endpoint'), fingerprint: all('--fingerprint'), sandbox: given.get('--sandbox') },
    insecure: given.has('--insecure') ? true : undefined,
  };
  if (await isSandboxDown(named.sandbox, io.cwd)) return [];
  const { connect } = await import('../connect.ts');
  const { findProjectFile, loadProject } = await import('../../spec/project.ts');
  const { decodeResources } = await import('../../pve/wire.ts');
  const file = await findProjectFile(io.cwd);
  const project = file === undefined ? undefined : (await loadProject(file, io.cwd)).project;
  // Without a terminal no password is asked for.
  const quiet = { ...io, stdin: nothing(), stderr: { write: () => undefined } };
  const options = Object.fromEntries(Object.entries(named).filter(([, value]) => value !== undefined));
  const { client, close } = await connect(options, quiet, systemClock, () => undefined, project);
  try {
    const path = '/cluster/resources';
    const rows = await client.get(path, { query: { type: 'vm' }, signal: AbortSignal.timeout(LIMIT_MS) });
    return decodeResources(path, rows).guests.flatMap(({ type, name, vmid, node }) =>
      type === 'qemu' && name !== undefined
        ? [{ value: `vm/${name}`, description: `${vmid} on ${node}, in the cluster` }]
        : [],
    );
  } finally {
    await close();
  }
}
