import type { Io } from '../io.ts';
import { createProgram } from '../program.ts';
import { type CommandFacts, describeCommand } from './describe-program.ts';

async function* nothing(): AsyncGenerator<string> {}

// Nothing is run: the definitions alone are asked.
const IO: Io = {
  stdout: { write: () => undefined },
  stderr: { write: () => undefined },
  stdin: nothing(),
  env: {},
  cwd: '.',
};

/** What the definitions of all commands say. */
export function programFacts(version: string): CommandFacts {
  return describeCommand(createProgram(version, undefined, { io: IO, command: [], finish: () => undefined }));
}
