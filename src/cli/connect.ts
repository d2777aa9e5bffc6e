import { resolve } from 'node:path';
import type { Clock } from '../core/clock.ts';
import { PvevmError } from '../core/error.ts';
import { sanitizeLine } from '../core/sanitize.ts';
import { createPveClient } from '../pve/client.ts';
import { proxyFromEnvironment } from '../pve/connection/proxy.ts';
import type { PveClient } from '../pve/reader.ts';
import { displayPath } from '../spec/source.ts';
import type { ConnectionOptions } from './connection-options.ts';
import { type ConnectionSettings, connectionSettings } from './settings/connection-settings.ts';
import type { ProjectSettings } from './settings/families.ts';
import type { SettingsIo } from './settings/family.ts';

/** A way to the API that is open. */
export interface Connection {
  readonly client: PveClient;
  /** What it leads to, for people: `https://pve1:8006`, or the sandbox and its folder. */
  readonly label: string;
  /** The audit log that its context names, as a whole path. */
  readonly audit?: string;
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
  try {
    const client = createPveClient({ endpoint, credentials: { type: 'token', token }, trust: { ca }, clock });
    const close = async (): Promise<void> => {
      await client.close();
      await sandbox.close();
    };
    return { client, label, close };
  } catch (error) {
    // A server that goes on listening would hold the process.
    await sandbox.close();
    throw error;
  }
}

/** Throws `USAGE` where the sandbox and a server are both asked for on the command line. */
function checkSandboxAlone({ endpoint, context }: ConnectionOptions): void {
  const other = endpoint !== undefined ? '--endpoint' : context !== undefined ? '--context' : undefined;
  if (other === undefined) return;
  throw new PvevmError('USAGE', `cannot use both --sandbox and ${other}`, { hints: ['Leave one of them out.'] });
}

/** A client for the settings. Throws `CONFIG`, with where they come from, for settings that are none. */
function clientOf(
  { source, endpoints, credentials, trust }: ConnectionSettings,
  io: SettingsIo,
  clock: Clock,
): PveClient {
  const proxy = proxyFromEnvironment(io.env);
  try {
    return createPveClient({ endpoint: endpoints, credentials, trust, proxy, clock });
  } catch (error) {
    if (!(error instanceof PvevmError)) throw error;
    const { code, message, cause, details, hints, parameters } = error;
    const origin = `The settings come from ${source.label} (${source.names.join(', ')}).`;
    throw new PvevmError(code, message, { cause, details: [...details, sanitizeLine(origin)], hints, parameters });
  }
}

/**
 * Connects as flags, environment, contexts and the project file say, through the proxy that the environment names; or
 * with `--sandbox` to the simulator, which then lives in this process unless another one serves its folder. `warn` gets
 * what a person should know each time. Throws as `connectionSettings` does.
 */
export async function connect(
  options: ConnectionOptions,
  io: SettingsIo,
  clock: Clock,
  warn: (text: string) => void,
  project: ProjectSettings = {},
): Promise<Connection> {
  if (options.sandbox !== undefined) {
    checkSandboxAlone(options);
    return connectToSandbox(options.sandbox, io.cwd, clock);
  }
  const settings = await connectionSettings(options, io, project);
  // A project file may have named a context by anything.
  for (const note of settings.notes) warn(sanitizeLine(note));
  const client = clientOf(settings, io, clock);
  const { context, audit } = settings;
  return {
    client,
    ...(audit === undefined ? {} : { audit }),
    get label() {
      // Which of several endpoints answers shows with the first request.
      return context === undefined ? client.endpoint : `context ${context} (${client.endpoint})`;
    },
    close: () => client.close(),
  };
}
