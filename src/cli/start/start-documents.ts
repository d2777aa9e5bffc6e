import { runProgram } from '../program.ts';
import { startProgram } from './start-program.ts';

export { runProgram };

/** Runs a command line that reads documents at most in this process. The build makes a script of its own of this. */
export function startDocuments(argv: readonly string[]): void {
  startProgram(argv, async () => ({ runProgram }));
}
