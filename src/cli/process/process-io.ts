import { closeSync } from 'node:fs';
import { isatty } from 'node:tty';
import type { ErrorCode } from '../../core/error.ts';
import { errorName } from '../../core/error-name.ts';
import { fileProblem } from '../../core/file-problem.ts';
import type { Io } from '../io.ts';
import { openOutputs } from './process-output.ts';
import { createProcessSignals } from './process-signals.ts';

/** The process as a run of the program sees it. */
export interface ProcessIo {
  readonly io: Io;
  /** Ends the process with an exit code once everything is written, whatever is still open. */
  finish(code: number): void;
}

// What is still to be written keeps the process longer; nothing else does.
const LINGER_MS = 50;

/** Ends the process, by and by: in a pipe, elsewhere than on Linux, texts are written later. */
function leaveOnceWritten(): void {
  const { stdout, stderr } = process;
  const isWritten = [stdout, stderr].every((stream) => stream.writableLength === 0 || stream.errored !== null);
  if (isWritten) process.exit();
  setTimeout(leaveOnceWritten, LINGER_MS).unref();
}

/** Node gives terminals their settings back when it exits, and aborts where one is gone, unless it is closed. */
function closeLostTerminals(terminals: readonly number[]): void {
  for (const descriptor of terminals) if (!isatty(descriptor)) closeSync(descriptor);
}

function errorLine(message: string, code: ErrorCode): string {
  return `error: ${message} [${errorName(code)}]\n`;
}

/** Takes this process over: its outputs, its signals, and the errors that nobody catches. */
export function openProcessIo(): ProcessIo {
  const { stdout, stderr, readers, failure } = openOutputs();
  let print = (error: unknown): number => {
    stderr.write(errorLine(error instanceof Error ? error.message : String(error), 'INTERNAL'));
    return 1;
  };
  const terminals = [0, 1, 2].filter((descriptor) => isatty(descriptor));
  process.once('exit', () => closeLostTerminals(terminals));
  // The rejection of a promise that nobody waits for comes here too.
  process.on('uncaughtException', (error) => {
    let code = 1;
    try {
      code = print(error);
    } finally {
      process.exit(code);
    }
  });
  return {
    io: {
      stdout,
      stderr,
      // Looking at standard input opens it, which costs time and may hold the process.
      get stdin() {
        return process.stdin;
      },
      env: process.env,
      cwd: process.cwd(),
      signals: createProcessSignals(readers),
      onUncaught: (next) => {
        print = next;
      },
    },
    finish: (code) => {
      process.exitCode = code;
      // The error of a write comes a moment after it.
      setImmediate(() => {
        const failed = failure();
        if (failed !== undefined) {
          const reason = fileProblem(failed)?.reason ?? failed.message;
          stderr.write(errorLine(`cannot write standard output: ${reason}`, 'OUTPUT'));
          if (code === 0 || code === 2) process.exitCode = 1;
        }
        // A connection that somebody has left open must not hold it.
        setTimeout(leaveOnceWritten, LINGER_MS).unref();
      });
    },
  };
}
