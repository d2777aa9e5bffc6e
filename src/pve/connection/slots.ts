/** Places of which each is held by one at a time. */
export interface Slots {
  /**
   * Waits for a free place, first come first served, and gives what frees it. An aborted signal ends the wait without a
   * place, for whoever waits then fails by that signal anyway.
   */
  take(signal?: AbortSignal): Promise<() => void>;
}

/** So many places, all of them free. */
export function createSlots(count: number): Slots {
  let free = count;
  const waiting = new Set<() => void>();
  const release = (): void => {
    const [next] = waiting;
    if (next === undefined) free += 1;
    else next();
  };
  return {
    take: async (signal) => {
      if (free > 0) {
        free -= 1;
        return release;
      }
      return await new Promise((resolve) => {
        const leave = (give: () => void): void => {
          waiting.delete(begin);
          signal?.removeEventListener('abort', stop);
          resolve(give);
        };
        const begin = (): void => leave(release);
        const stop = (): void => leave(() => undefined);
        waiting.add(begin);
        if (signal?.aborted === true) stop();
        else signal?.addEventListener('abort', stop, { once: true });
      });
    },
  };
}
