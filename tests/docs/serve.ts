import type { EndSignal } from '../../src/cli/io.ts';
import { main } from '../../src/cli/main.ts';

/** A sandbox that a page keeps up. */
export interface Served {
  /** What it printed, up to the moment when it listened. */
  readonly output: string;
  /** Ends it as Ctrl-C does, and gives its exit code. */
  end(): Promise<number>;
}

/** Starts `sandbox serve`, as a page does in a shell of its own; rejects with what it printed where it ends by itself. */
export async function serve(
  argv: readonly string[],
  { cwd, env }: { readonly cwd: string; readonly env: Readonly<Record<string, string>> },
): Promise<Served> {
  let output = '';
  const stream = {
    isTTY: false,
    write: (text: string): void => {
      output += text;
    },
  };
  async function* stdin(): AsyncGenerator<string> {
    yield '';
  }
  let run: Promise<number> = Promise.resolve(1);
  const end = await new Promise<(signal: EndSignal) => void>((listens, fails) => {
    const signals = {
      listen: (handler: (signal: EndSignal) => void) => {
        listens(handler);
        return () => undefined;
      },
      obey: () => undefined,
    };
    run = main(argv, {
      ...{ stdout: stream, stderr: stream, stdin: Object.assign(stdin(), { isTTY: false }), env, cwd, signals },
    });
    run.then(() => fails(new Error(output)), fails);
  });
  return {
    output,
    end: () => {
      end('SIGINT');
      return run;
    },
  };
}
