import type { OutputStream } from '../io.ts';
import type { Readers } from './process-signals.ts';
import { watchTerminal } from './watch-terminal.ts';

/** The outputs of this process, which never throw and never end it. */
export interface ProcessOutputs {
  readonly stdout: OutputStream;
  readonly stderr: OutputStream;
  readonly readers: Readers;
  /** What kept results from being written, where that was no reader who went away: a full disk. */
  failure(): NodeJS.ErrnoException | undefined;
}

// A pipe or a socket whose other end is closed.
const GONE = new Set(['EPIPE', 'ECONNRESET', 'ERR_STREAM_DESTROYED']);

/** Whether an error says that nobody reads: a terminal that was closed says EIO. */
function isGone({ code = '' }: NodeJS.ErrnoException, { isTTY }: NodeJS.WriteStream): boolean {
  return GONE.has(code) || (isTTY && (code === 'EIO' || code === 'EBADF' || code === 'ENXIO'));
}

interface Output {
  readonly stream: OutputStream;
  failure(): NodeJS.ErrnoException | undefined;
}

/** A stream whose reader may go away (`pvevm … | head`): from then on what is written is lost, and nothing else. */
function createOutput(target: NodeJS.WriteStream, onEnd: () => void): Output {
  let isClosed = false;
  let failure: NodeJS.ErrnoException | undefined;
  const end = (error: NodeJS.ErrnoException): void => {
    if (isClosed) return;
    isClosed = true;
    if (!isGone(error, target)) failure = error;
    onEnd();
  };
  target.on('error', end);
  const stream: OutputStream = {
    write: (text) => {
      if (isClosed) return;
      try {
        target.write(text);
        // The event comes a moment later, when the next step has begun.
        if (target.errored !== null) end(target.errored);
      } catch (error) {
        end(error as NodeJS.ErrnoException);
      }
    },
    get isTTY() {
      return target.isTTY;
    },
    get columns() {
      return target.columns;
    },
    get rows() {
      return target.rows;
    },
    ...(target.isTTY ? { watch: (handler) => watchTerminal(target, handler) } : {}),
    get isClosed() {
      return isClosed;
    },
  };
  return { stream, failure: () => failure };
}

/** Opens the outputs of this process. */
export function openOutputs(): ProcessOutputs {
  const handlers = new Set<() => void>();
  let gone = false;
  const onEnd = (): void => {
    if (gone) return;
    gone = true;
    for (const handler of [...handlers]) handler();
  };
  const stdout = createOutput(process.stdout, onEnd);
  const stderr = createOutput(process.stderr, onEnd);
  return {
    stdout: stdout.stream,
    stderr: stderr.stream,
    readers: {
      get isGone() {
        return gone;
      },
      whenGone: (handler) => {
        handlers.add(handler);
        return () => void handlers.delete(handler);
      },
    },
    // Without messages a run is as good as with them.
    failure: stdout.failure,
  };
}
