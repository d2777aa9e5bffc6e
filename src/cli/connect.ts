import { resolve } from 'node:path';
import type { Clock } from '../core/clock.ts';
import { PvevmError } from '../core/error.ts';
import { createPveClient } from '../pve/client.ts';
import type { PveClient } from '../pve/reader.ts';
import { displayPath } from '../spec/source.ts';
import type { ConnectionOptions } from './connection-options.ts';
import type { Io } from './io.ts';
import { type ConnectionSettings, connectionSettings } from './settings.ts';

/** A way to the API that is open. */
export interface Connection {
  readonly client: PveClient;
  /** What it leads to, for people: `https://pve1:8006`, or the sandbox and its folder. */
  readonly label: string;
  close(): Promise<void>;
}

/** The folder of the sandbox where none is named, below the working folder. */
export const SANDBOX_FOLDER = '.pvevm/sandbox';

// The tasks of a sandbox that lives as long as one command need not be slow.
const TASK_TIME_MS = 20;

async function connectToSandbox(folder: string, cwd: string, clock: Clock): Promise<Connection> {
  const directory = resolve(cwd, folder === '' ? SANDBOX_FOLDER : folder);
  const label = `sandbox in ${displayPath(directory, cwd)}`;
  const { runningSandbox, startSandbox } = await import('../sandbox/index.ts');
  const served = runningSandbox(directory);
  if (served !== undefined) {
    const { endpoint, token, ca } = served;
    const client = createPveClient({ endpoint, credentials: { type: 'token', token }, trust: { ca }, clock });
    return { client, label: `${label}, served by process ${served.pid}`, close: () => client.close() };
  }
  const sandbox = await startSandbox({ directory, taskTimeMs: TASK_TIME_MS });
  const { endpoint, token, ca } = sandbox;
  const client = createPveClient({ endpoint, credentials: { type: 'token', token }, trust: { ca }, clock });
  const close = async (): Promise<void> => {
    await client.close();
    await sandbox.close();
  };
  return { client, label, close };
}

function mayAnotherAnswer(error: unknown): error is PvevmError {
  return error instanceof PvevmError && (error.code === 'CONNECT' || error.code === 'TIMEOUT');
}

/** The first endpoint that answers. With one there is nothing to choose, and nothing is asked. */
async function firstThatAnswers({ endpoints, token, trust }: ConnectionSettings, clock: Clock): Promise<PveClient> {
  const clients = endpoints.map((endpoint) =>
    createPveClient({ endpoint, credentials: { type: 'token', token }, trust, clock }),
  );
  const failures: PvevmError[] = [];
  for (const client of clients) {
    if (clients.length === 1) return client;
    try {
      await client.get('/version');
      return client;
    } catch (error) {
      await client.close();
      if (!mayAnotherAnswer(error)) throw error;
      failures.push(error);
    }
  }
  throw new PvevmError('CONNECT', `cannot reach any of the ${clients.length} endpoints`, {
    details: failures.map((failure) => failure.message),
    hints: ['Check the endpoints; Proxmox VE listens on port 8006.'],
  });
}

/**
 * Connects as flags and environment say: to the first endpoint that answers, or with `--sandbox` to the simulator, which
 * then lives in this process unless another one serves its folder. `warn` gets what a person should know each time.
 */
export async function connect(
  options: ConnectionOptions,
  io: Pick<Io, 'env' | 'cwd'>,
  clock: Clock,
  warn: (text: string) => void,
): Promise<Connection> {
  if (options.sandbox !== undefined) {
    if (options.endpoint !== undefined) {
      throw new PvevmError('USAGE', 'cannot use both --sandbox and --endpoint', { hints: ['Leave one of them out.'] });
    }
    return connectToSandbox(options.sandbox, io.cwd, clock);
  }
  const settings = connectionSettings(options, io);
  if (settings.trust.insecure === true) {
    warn('the server is not verified (--insecure): anybody in between can read the token and change what is sent');
  }
  const client = await firstThatAnswers(settings, clock);
  return { client, label: client.endpoint, close: () => client.close() };
}
