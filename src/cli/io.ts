/** What may happen to a terminal while a program draws on it: `resumed`, others may have written on it meanwhile. */
export type TerminalChange = 'resized' | 'resumed';

/** A stream that text is written to. */
export interface OutputStream {
  write(text: string): unknown;
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
  readonly rows?: number | undefined;
  /**
   * Calls the handler when the size of the terminal has changed, or the program goes on after it was stopped; and sees to
   * it that the terminal has its cursor whenever the program stops or ends. Returns what takes the handler away. Absent
   * where there is no terminal.
   */
  readonly watch?: ((handler: (what: TerminalChange) => void) => () => void) | undefined;
  /** Whether its reader went away, as `head` does; absent where that cannot be. */
  readonly isClosed?: boolean | undefined;
}

/** The signals that ask the program to end; `SIGPIPE`: nobody reads its output any more. */
export type EndSignal = 'SIGINT' | 'SIGTERM' | 'SIGHUP' | 'SIGPIPE';

/** The signals that the program is sent. */
export interface Signals {
  /**
   * Calls the handler for each such signal, in place of ending the process, and at once where nobody reads any more;
   * returns what takes the handler away.
   */
  listen(handler: (signal: EndSignal) => void): () => void;
  /** Ends the process as the signal does where nobody listens; `SIGPIPE` ends nothing. */
  obey(signal: EndSignal): void;
}

/** What a run of the program touches besides files and the network; tests pass their own. */
export interface Io {
  readonly stdout: OutputStream;
  readonly stderr: OutputStream;
  readonly stdin: AsyncIterable<Uint8Array | string> & { readonly isTTY?: boolean | undefined };
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** Absent where no signal can come. */
  readonly signals?: Signals;
  /** Says what prints an error that nobody has caught, and gives the exit code back; absent where somebody else sees to that. */
  readonly onUncaught?: (print: (error: unknown) => number) => void;
  /** Keeps a text out of all that is written from now on; absent where nothing looks at what is written. */
  readonly hide?: (secret: string) => void;
  /** A text without what `hide` was told of. */
  readonly clean?: (text: string) => string;
  /** Gives the CI system a command, which is one line; absent where none takes any. */
  readonly command?: (line: string) => void;
}

/** All of standard input. Reading stops soon after 10 MB, which is more than a document may have. */
export async function readStdin(io: Io): Promise<Uint8Array> {
  const limit = 10_000_001;
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of io.stdin) {
    const bytes = typeof chunk === 'string' ? new TextEncoder().encode(chunk) : chunk;
    chunks.push(bytes);
    size += bytes.length;
    if (size >= limit) break;
  }
  return Buffer.concat(chunks);
}
