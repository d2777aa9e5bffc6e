import type { EndSignal, Signals } from '../io.ts';

const SENT = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

// npm, and timeout(1), hand on a signal that the terminal or the kernel has sent to the whole group already. Nobody
// presses Ctrl-C twice in so short a time.
const ONE_MS = 100;

/** Which of the outputs have lost their reader, and who wants to know. */
export interface Readers {
  /** Whether one of them is gone. */
  readonly isGone: boolean;
  /** Calls the handler when the first one goes; returns what takes the handler away. */
  whenGone(handler: () => void): () => void;
}

/**
 * The signals of this process. One that comes twice within a tenth of a second is one; an output whose reader has gone is
 * a `SIGPIPE`, which Node itself never gives.
 */
export function createProcessSignals(readers: Readers): Signals {
  return {
    listen(handler) {
      const last = new Map<EndSignal, number>();
      const onSignal = (signal: EndSignal): void => {
        const now = performance.now();
        if (now - (last.get(signal) ?? Number.NEGATIVE_INFINITY) < ONE_MS) return;
        last.set(signal, now);
        handler(signal);
      };
      for (const signal of SENT) process.on(signal, onSignal);
      const stopReaders = readers.whenGone(() => handler('SIGPIPE'));
      if (readers.isGone) handler('SIGPIPE');
      return () => {
        stopReaders();
        for (const signal of SENT) process.off(signal, onSignal);
      };
    },
    obey(signal) {
      // Node ignores it, as a closed output is an error of the write.
      if (signal === 'SIGPIPE') return;
      for (const name of SENT) process.removeAllListeners(name);
      process.kill(process.pid, signal);
    },
  };
}
