import type { EndSignal, Signals } from '../../src/cli/io.ts';

/** Signals that a test sends when it wants to; nothing ends by them. */
export interface TestSignals {
  readonly signals: Signals;
  /** Who listens at the moment. */
  readonly handlers: ReadonlySet<(signal: EndSignal) => void>;
  send(signal: EndSignal): void;
}

export function openSignals(): TestSignals {
  const handlers = new Set<(signal: EndSignal) => void>();
  const signals: Signals = {
    listen: (handler) => {
      handlers.add(handler);
      return () => void handlers.delete(handler);
    },
    obey: () => undefined,
  };
  const send = (signal: EndSignal): void => {
    for (const handler of [...handlers]) handler(signal);
  };
  return { signals, handlers, send };
}

/** Signals that come as soon as somebody listens. */
export function signalsOf(...sent: readonly EndSignal[]): Signals {
  return {
    listen: (handler) => {
      for (const signal of sent) handler(signal);
      return () => undefined;
    },
    obey: () => undefined,
  };
}
