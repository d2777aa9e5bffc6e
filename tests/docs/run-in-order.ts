import { main } from '../../src/cli/main.ts';

/** What a run of the program wrote: results and messages in the order in which they came, results alone, its exit code. */
export interface OrderedRun {
  readonly code: number;
  readonly output: string;
  readonly stdout: string;
}

/** Runs the program, from its sources, in a folder that is there, without a terminal. */
export async function runInOrder(
  argv: readonly string[],
  { cwd, env }: { readonly cwd: string; readonly env: Readonly<Record<string, string>> },
): Promise<OrderedRun> {
  let output = '';
  let results = '';
  async function* stdin(): AsyncGenerator<string> {
    yield '';
  }
  const code = await main(argv, {
    stdout: {
      isTTY: false,
      write: (text) => {
        output += text;
        results += text;
      },
    },
    stderr: {
      isTTY: false,
      write: (text) => {
        output += text;
      },
    },
    stdin: Object.assign(stdin(), { isTTY: false }),
    env,
    cwd,
  });
  return { code, output, stdout: results };
}
