import type { Io } from '../io.ts';

function narrowed(io: Io, parts: Partial<Pick<Io, 'stdout' | 'signals'>>): Io {
  return {
    ...{ stdout: io.stdout, stderr: io.stderr, env: io.env, cwd: io.cwd },
    // Looking at standard input opens it.
    get stdin() {
      return io.stdin;
    },
    ...(io.hide === undefined ? {} : { hide: io.hide }),
    ...(io.clean === undefined ? {} : { clean: io.clean }),
    ...(io.command === undefined ? {} : { command: io.command }),
    ...parts,
  };
}

/** The world around a run whose standard output is another program's. */
export function withoutStdout(io: Io): Io {
  return narrowed(io, { stdout: io.stderr, ...(io.signals === undefined ? {} : { signals: io.signals }) });
}

/** The world around work that no signal stops. */
export function withoutSignals(io: Io): Io {
  return narrowed(io, {});
}
