import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { isatty } from 'node:tty';
import { PvevmError } from '../../core/error.ts';
import { errorName } from '../../core/error-name.ts';
import { sanitizeLine } from '../../core/sanitize.ts';
import type { SignalWatch } from './watch-signals.ts';

/** A command that is to be run, with what it finds around it. */
export interface CommandRun {
  /** The program and its arguments. */
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
}

// As shells say it.
const START_FAILURES: Readonly<Record<string, readonly [code: number, why: string]>> = {
  ENOENT: [127, 'there is no such program'],
  EACCES: [126, 'it may not be run'],
};

/** Whether a terminal sends its Ctrl-C to the command by itself: to everything that it runs in the foreground. */
function hasTerminal(): boolean {
  return [0, 1, 2].some((descriptor) => isatty(descriptor));
}

/**
 * Runs a command with this process's own input and output, hands signals on to it, and gives its exit code back: 128 and
 * the signal's number where one ended it, 127 or 126 where it could not be started. `problem` is told why.
 */
export function runCommand(
  { command, env, cwd }: CommandRun,
  signals: SignalWatch,
  problem: (text: string) => void,
): Promise<number> {
  const [program = '', ...args] = command;
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: 'inherit', env: { ...env }, cwd });
    signals.handle((signal) => {
      if (signal !== 'SIGINT' || !hasTerminal()) child.kill(signal);
    });
    child.once('error', (error: NodeJS.ErrnoException) => {
      const [code, why] = START_FAILURES[error.code ?? ''] ?? [];
      if (code === undefined) {
        reject(new PvevmError('USAGE', `cannot run ${program}: ${error.message}`, { cause: error }));
        return;
      }
      problem(`error: cannot run ${sanitizeLine(program)}: ${why} [${errorName('USAGE')}]`);
      resolve(code);
    });
    child.once('exit', (code, signal) => resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal])));
  });
}
