import { main, type Program } from '../main.ts';
import { openProcessIo } from '../process/process-io.ts';

/** Runs a command line in this process, which ends with its exit code. `load` gives what runs commands. */
export function startProgram(argv: readonly string[], load?: () => Promise<Program>): void {
  const { io, finish } = openProcessIo();
  void main(argv, io, load).then(finish);
}
