/** A stream that text is written to. */
export interface OutputStream {
  write(text: string): unknown;
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
}

/** The signals that ask the program to end. */
export type EndSignal = 'SIGINT' | 'SIGTERM';

/** The signals that the program is sent. */
export interface Signals {
  /** Calls the handler for each such signal, in place of ending the process; returns what takes the handler away. */
  listen(handler: (signal: EndSignal) => void): () => void;
  /** Ends the process as the signal does where nobody listens. */
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
  /** Keeps a text out of all that is written from now on; absent where nothing looks at what is written. */
  readonly hide?: (secret: string) => void;
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
