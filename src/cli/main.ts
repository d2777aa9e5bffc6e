import packageFacts from '../../package.json' with { type: 'json' };
import type { Io } from './io.ts';
import { needOf } from './start/need-of.ts';

/** What runs commands. */
export interface Program {
  /** Runs the command that the arguments name, and gives its exit code back. */
  runProgram(argv: readonly string[], version: string, io: Io): Promise<number>;
}

/**
 * The program: runs the command that `argv` (without the program's own name) asks for, and gives the exit code back.
 * Never throws, and never ends the process. `load` gives what runs commands.
 */
export async function main(
  argv: readonly string[],
  io: Io,
  load: () => Promise<Program> = () => import('./program.ts'),
): Promise<number> {
  // Scripts ask for nothing more often; no command line has to be taken apart for it.
  if (needOf(argv) === 'nothing') {
    io.stdout.write(`${packageFacts.version}\n`);
    return 0;
  }
  if (argv[0] === '__complete') {
    const { runComplete } = await import('./complete/complete.ts');
    // Nobody wants to read of errors while a command is being written.
    return runComplete(argv.slice(1), packageFacts.version, io).catch(() => 0);
  }
  const { runProgram } = await load();
  return runProgram(argv, packageFacts.version, io);
}
