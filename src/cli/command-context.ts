import type { Io } from './io.ts';

/** What a command gets besides its arguments: the world around it, and where its exit code goes. */
export interface CommandContext {
  readonly io: Io;
  /** The command that `up` is to run: what stands behind `--`. */
  readonly command: readonly string[];
  finish(exitCode: number): void;
}
