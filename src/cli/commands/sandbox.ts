import { resolve } from 'node:path';
import { PvevmError } from '../../core/error.ts';
import { EXIT_CODES } from '../../core/exit-code.ts';
import { parseDuration } from '../../core/units.ts';
import { systemClock } from '../../pve/clock.ts';
import { FACT_VERSIONS, type FactVersion } from '../../pve/facts/fact-versions.ts';
import { jsonExit } from '../../report/plan/plan-json.ts';
import {
  type FaultRule,
  parseFault,
  resetSandbox,
  type Sandbox,
  startSandbox,
  WORLD_NAMES,
  type WorldName,
} from '../../sandbox/index.ts';
import { displayPath } from '../../spec/source.ts';
import { confirm } from '../ask.ts';
import { SANDBOX_FOLDER } from '../connect.ts';
import type { GlobalOptions } from '../global-options.ts';
import type { Io } from '../io.ts';
import { createOutput, OUTPUT_FORMAT_VERSION, type Output } from '../output.ts';
import { readFaultsFile } from '../read-faults-file.ts';
import { listenForInterrupts, withoutReaders } from '../run/interrupt.ts';

/** The options of `sandbox serve`. */
export interface ServeOptions extends GlobalOptions {
  readonly dir?: string;
  readonly port?: string;
  readonly taskTime?: string;
  readonly world?: string;
  readonly pveVersion?: string;
  readonly resourcesLag?: string;
  readonly timeFactor?: string;
  readonly seed?: string;
  readonly fault?: readonly string[];
  readonly faults?: string;
}

/** The options of `sandbox reset`. */
export interface ResetOptions extends GlobalOptions {
  readonly yes?: boolean;
}

const DEFAULT_TASK_TIME = '500ms';
// What the real one does (pve-http-server: PVE/APIServer/AnyEvent.pm).
const AUTH_DELAY_MS = 3000;

const WAITING = 'Waiting for tasks that run; press Ctrl-C again to leave at once.';
const WAITING_AFTER_MS = 300;

function portOf(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (port <= 65_535) return port;
  throw new PvevmError('USAGE', `--port cannot be '${text}'`, {
    hints: ['Give a number up to 65535; 0 takes any that is free.'],
  });
}

function durationOf(flag: string, text: string): number {
  const milliseconds = parseDuration(text);
  if (milliseconds !== undefined) return milliseconds;
  throw new PvevmError('USAGE', `${flag} cannot be '${text}'`, { hints: ['Give a duration, as in 500ms or 2s.'] });
}

function oneOf<Value extends string>(flag: string, text: string, values: readonly Value[]): Value {
  const found = values.find((value) => value === text);
  if (found !== undefined) return found;
  throw new PvevmError('USAGE', `${flag} cannot be '${text}'`, { hints: [`It can be ${values.join(', ')}.`] });
}

/** The version of Proxmox VE that an option names; undefined where it is not given. Throws `USAGE`. */
export function pveVersionOf(text: string | undefined): FactVersion | undefined {
  return text === undefined ? undefined : oneOf('--pve-version', text, FACT_VERSIONS);
}

function numberOf(flag: string, text: string): number {
  if (/^\d+(?:\.\d+)?$/.test(text) && Number(text) > 0) return Number(text);
  throw new PvevmError('USAGE', `${flag} cannot be '${text}'`, { hints: ['Give a number above 0.'] });
}

function seedOf(text: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new PvevmError('USAGE', `--seed cannot be '${text}'`, { hints: ['Give a whole number, 0 or more.'] });
}

function faultsOf({ fault = [], faults }: ServeOptions, cwd: string): readonly FaultRule[] {
  return [...fault.map(parseFault), ...(faults === undefined ? [] : readFaultsFile(faults, cwd))];
}

function sandboxOptions(options: ServeOptions, cwd: string): Parameters<typeof startSandbox>[0] {
  const { world, seed, timeFactor } = options;
  const version = pveVersionOf(options.pveVersion);
  return {
    port: portOf(options.port ?? '0'),
    taskTimeMs: durationOf('--task-time', options.taskTime ?? DEFAULT_TASK_TIME),
    resourcesLagMs: durationOf('--resources-lag', options.resourcesLag ?? '0s'),
    authDelayMs: AUTH_DELAY_MS,
    faults: faultsOf(options, cwd),
    ...(version === undefined ? {} : { version }),
    ...(world === undefined ? {} : { world: oneOf<WorldName>('--world', world, WORLD_NAMES) }),
    ...(seed === undefined ? {} : { seed: seedOf(seed) }),
    ...(timeFactor === undefined ? {} : { timeFactor: numberOf('--time-factor', timeFactor) }),
  };
}

function announce(sandbox: Sandbox, { json }: GlobalOptions, output: Output, cwd: string): void {
  const { endpoint, token, fingerprint, ca, directory, version, world } = sandbox;
  if (json === true) {
    output.json({ formatVersion: OUTPUT_FORMAT_VERSION, endpoint, token, fingerprint, ca, directory, version, world });
    return;
  }
  output.result(
    [
      `Sandbox in ${displayPath(directory, cwd)}: world ${world}, Proxmox VE ${version}`,
      `  endpoint     ${endpoint}`,
      `  token        ${token}`,
      `  fingerprint  ${fingerprint}`,
      '',
      'In another shell:',
      `  export PVEVM_ENDPOINT='${endpoint}'`,
      `  export PVEVM_TOKEN='${token}'`,
      `  export PVEVM_FINGERPRINT='${fingerprint}'`,
      '',
    ].join('\n'),
  );
  output.message('Press Ctrl-C to stop it; its state stays.');
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

/** Waits for the tasks of a sandbox, and says so where that takes long. */
async function closePatiently(sandbox: Sandbox, output: Output): Promise<void> {
  const closed = new AbortController();
  const notice = systemClock.sleep(WAITING_AFTER_MS, closed.signal).then(
    () => output.message(WAITING),
    () => undefined,
  );
  await sandbox.close();
  closed.abort();
  await notice;
}

/** Serves the sandbox of a folder until a signal comes, and gives the exit code of that signal back. */
export async function runSandboxServe(folder: string | undefined, options: ServeOptions, io: Io): Promise<number> {
  const output = createOutput(io, options);
  if (folder !== undefined && options.dir !== undefined) throw new PvevmError('USAGE', 'the folder is given twice');
  const sandbox = await startSandbox({
    ...sandboxOptions(options, io.cwd),
    directory: resolve(io.cwd, folder ?? options.dir ?? SANDBOX_FOLDER),
    keepLog: false,
    log: ({ method, path, status }) => {
      if (options.verbose === true) output.message(`${method} ${path} ${status}`);
    },
  });
  // Who has read where it listens may go away, and its messages need no reader.
  const interrupts = listenForInterrupts(
    withoutReaders(io),
    () => undefined,
    () => undefined,
  );
  try {
    announce(sandbox, options, output, io.cwd);
    await aborted(interrupts.signal);
    await closePatiently(sandbox, output);
  } finally {
    interrupts.stop();
  }
  return EXIT_CODES[interrupts.exit() ?? 'interrupted'];
}

/** Deletes the state of a sandbox, after a question. Gives the exit code back. */
export async function runSandboxReset(folder: string | undefined, options: ResetOptions, io: Io): Promise<number> {
  const output = createOutput(io, options);
  const directory = resolve(io.cwd, folder ?? SANDBOX_FOLDER);
  const shown = displayPath(directory, io.cwd);
  if (options.yes !== true && !(await confirm(`Delete the sandbox in ${shown}?`, io))) {
    output.problem('Nothing was changed.');
    return EXIT_CODES.consent;
  }
  resetSandbox(directory);
  if (options.json === true) output.json({ formatVersion: OUTPUT_FORMAT_VERSION, exit: jsonExit('ok'), directory });
  else output.message(`The sandbox in ${shown} starts anew.`);
  return EXIT_CODES.ok;
}
