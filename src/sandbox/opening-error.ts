import { PvevmError } from '../core/error.ts';
import { fileProblem } from '../core/file-problem.ts';
import type { SandboxOptions } from './sandbox.ts';

/** What the machine said of a folder or a port, in pvevm's words; other errors are given back as they are. */
export function openingError(
  error: unknown,
  directory: string,
  { port }: SandboxOptions,
  doing: 'open' | 'save' = 'open',
): unknown {
  if (error instanceof PvevmError || !(error instanceof Error) || !('code' in error)) return error;
  if (error.code === 'EADDRINUSE') {
    return new PvevmError('SANDBOX_BUSY', `cannot serve the sandbox: another program has port ${port}`, {
      cause: error,
      hints: ['Give another port, or 0 for any that is free.'],
    });
  }
  if (!('syscall' in error)) return error;
  const isPort = error.syscall === 'listen';
  const problem = isPort ? undefined : fileProblem(error);
  const what = isPort ? `serve the sandbox at port ${port}` : `${doing} the sandbox in ${directory}`;
  return new PvevmError('CONFIG', `cannot ${what}${problem === undefined ? '' : `: ${problem.reason}`}`, {
    cause: error,
    hints: [problem?.hint ?? 'Give another one, or make it accessible.'],
  });
}
