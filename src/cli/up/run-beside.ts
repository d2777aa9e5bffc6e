import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PvevmError } from '../../core/error.ts';
import type { Status } from '../../engine/status.ts';
import { toJsonText } from '../../report/json-text.ts';
import { statusJson } from '../../report/status-json.ts';
import { cannotWrite } from '../files/write-beside.ts';
import { guestVariables } from './environment.ts';
import { runCommand } from './run-command.ts';
import type { Up } from './up-run.ts';
import { waitForAddresses } from './wait-for-addresses.ts';

const WAIT_MS = 300_000;

/** Waits for the addresses of the guests, until a signal comes. Throws as `waitForAddresses` does. */
export async function addressesOf({ documents, connection, scope, signals }: Up): Promise<Status> {
  const { resources, project } = documents;
  const { client } = connection;
  const { wait = WAIT_MS } = scope.options;
  const controller = new AbortController();
  signals.handle((signal) => controller.abort(new PvevmError('INTERRUPTED', `interrupted by ${signal}`)));
  return await waitForAddresses(
    { resources, project, pve: client, user: client.user, clock: scope.clock },
    wait === false ? 0 : wait,
    controller.signal,
    (waiting) => scope.output.message(`Waiting for the addresses of ${waiting.join(', ')}.`),
  );
}

function refuse(cause: unknown): never {
  throw cannotWrite(`what the command is to be told to a file in ${tmpdir()}`, cause);
}

/** Runs the command beside a file that says all there is to say of the guests. */
export async function runBeside(status: Status, { command, scope, signals }: Up): Promise<number> {
  const { io, output } = scope;
  const folder = await mkdtemp(join(tmpdir(), 'pvevm-up-')).catch(refuse);
  try {
    const file = join(folder, 'status.json');
    await writeFile(file, toJsonText(statusJson(status, 'ok'), 2), { mode: 0o600 }).catch(refuse);
    const env = { ...io.env, ...guestVariables(status.resources, file) };
    return await runCommand({ command, env, cwd: io.cwd }, signals, output.problem);
  } finally {
    signals.handle(() => undefined);
    await rm(folder, { recursive: true, force: true });
  }
}
