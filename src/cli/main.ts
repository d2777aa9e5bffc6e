import packageFacts from '../../package.json' with { type: 'json' };
import type { Io } from './io.ts';

/**
 * The program: runs the command that `argv` (without the program's own name) asks for, and gives the exit code back.
 * Never throws, and never ends the process.
 */
export async function main(argv: readonly string[], io: Io): Promise<number> {
  const [first] = argv;
  // Scripts ask for nothing more often; no command line has to be taken apart for it.
  if (argv.length === 1 && (first === '--version' || first === '-V')) {
    io.stdout.write(`${packageFacts.version}\n`);
    return 0;
  }
  if (first === '__complete') {
    const { runComplete } = await import('./complete/complete.ts');
    // Nobody wants to read of errors while a command is being written.
    return runComplete(argv.slice(1), packageFacts.version, io).catch(() => 0);
  }
  const { runProgram } = await import('./program.ts');
  return runProgram(argv, packageFacts.version, io);
}
