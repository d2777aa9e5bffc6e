import { runValidate } from '../commands/validate.ts';
import type { Io } from '../io.ts';
import { runGuarded } from '../run-guarded.ts';
import { startProgram } from './start-program.ts';

/** Runs `validate` of paths, without options: no command line has to be taken apart for it. */
export function runProgram(argv: readonly string[], _version: string, world: Io): Promise<number> {
  return runGuarded(argv, world, (io) => runValidate(argv.slice(1), {}, io));
}

/** Runs such a command line in this process. The build makes a script of its own of this. */
export function startPaths(argv: readonly string[]): void {
  startProgram(argv, async () => ({ runProgram }));
}
