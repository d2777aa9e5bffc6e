import { printsData } from './ci/guard-commands.ts';
import { guardIo } from './guard/guard-io.ts';
import type { Io } from './io.ts';
import { optionsByHand } from './options-by-hand.ts';
import { printError } from './print-error.ts';

/**
 * Runs a command with streams that give no secret away, and gives its exit code back; what fails is printed as the
 * command line `argv` asks for it, and never thrown.
 */
export async function runGuarded(
  argv: readonly string[],
  world: Io,
  run: (io: Io) => Promise<number>,
): Promise<number> {
  const io = guardIo(world, printsData(argv[0]));
  world.onUncaught?.((error) => printError(error, io, optionsByHand(argv)));
  try {
    return await run(io);
  } catch (error) {
    return printError(error, io, optionsByHand(argv));
  }
}
