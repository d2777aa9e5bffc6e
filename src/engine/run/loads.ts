import { PvevmError } from '../../core/error.ts';

/** How many steps may keep one thing of a class busy at a time, by its class: `{node: 4, storage: 2}`. */
export type LoadLimits = Readonly<Record<string, number>>;

/**
 * The usual limits. Proxmox VE itself starts four guests of a node at a time (pve-docs: datacenter.cfg, `max_workers`);
 * a storage gives out one volume at a time, and gives up after waiting for a while (pve-storage: PVE/Storage/Plugin.pm,
 * cluster_lock_storage), and two copies at once fill most of them.
 */
export const USUAL_LIMITS: LoadLimits = { node: 4, storage: 2 };

/** How the turn of a step is waited for. */
export interface TurnOptions {
  /** Told what is waited for, and again whenever that changes: `storage ceph-pool: 2 other steps`. */
  readonly onWait: (waitingFor: string) => void;
  /** Where it is aborted, the wait ends. */
  readonly signal?: AbortSignal;
}

/** What the steps of one run keep busy, all of them together. */
export interface Loads {
  /**
   * Does some work once there is room for all that it keeps busy, and makes room again when it ends. Who waits for
   * something is not overtaken by another that wants it too, and holds nothing meanwhile, so that nobody waits for ever.
   * The work may make room earlier, by `release`. Throws `INTERRUPTED` where the signal ends the wait: then nothing was done.
   */
  during<Result>(
    wanted: readonly string[],
    options: TurnOptions,
    work: (release: () => void) => Promise<Result>,
  ): Promise<Result>;
}

interface Waiter {
  readonly wanted: readonly string[];
  /** What it had to wait for so far: nobody behind it takes that first. */
  readonly claimed: Set<string>;
  readonly begin: () => void;
  readonly onWait: (waitingFor: string) => void;
  said: string;
}

/** A load in words: `storage local-lvm on pve1`. */
function loadWords(load: string): string {
  return load.replace(':', ' ').replace('@', ' on ');
}

function interrupted(waitingFor: string): PvevmError {
  return new PvevmError('INTERRUPTED', `interrupted while waiting for ${waitingFor}; nothing was sent`, {
    hints: ['Run the command again: it plans from what is there then.'],
  });
}

/** Makes the loads of one run, with nothing busy. What is of a class without a limit is never full. */
export function createLoads(limits: LoadLimits): Loads {
  const held = new Map<string, number>();
  const waiters = new Set<Waiter>();
  const heldOf = (load: string): number => held.get(load) ?? 0;
  const isFull = (load: string): boolean =>
    heldOf(load) >= Math.max(1, limits[load.slice(0, load.indexOf(':'))] ?? Number.POSITIVE_INFINITY);

  const tell = (waiter: Waiter, load: string, before: readonly Waiter[]): void => {
    const others = heldOf(load) + before.filter(({ wanted }) => wanted.includes(load)).length;
    const waitingFor = `${loadWords(load)}: ${others} other step${others === 1 ? '' : 's'}`;
    if (waitingFor === waiter.said) return;
    waiter.said = waitingFor;
    waiter.onWait(waitingFor);
  };

  const advance = (): void => {
    const before: Waiter[] = [];
    for (const waiter of [...waiters]) {
      // Who is told that he waits may end it, and then others have had their turn meanwhile.
      if (!waiters.has(waiter)) continue;
      const isClaimed = (load: string): boolean => before.some(({ claimed }) => claimed.has(load));
      const missing = waiter.wanted.filter((load) => isFull(load) || isClaimed(load));
      const [first] = missing;
      if (first === undefined) {
        waiters.delete(waiter);
        for (const load of waiter.wanted) held.set(load, heldOf(load) + 1);
        waiter.begin();
        continue;
      }
      for (const load of missing) waiter.claimed.add(load);
      tell(waiter, first, before);
      before.push(waiter);
    }
  };

  const turn = (wanted: readonly string[], { onWait, signal }: TurnOptions): Promise<void> =>
    new Promise((resolve, reject) => {
      const stop = (): void => {
        waiters.delete(waiter);
        reject(interrupted(waiter.said));
        advance();
      };
      const begin = (): void => {
        signal?.removeEventListener('abort', stop);
        resolve();
      };
      const waiter: Waiter = { wanted, claimed: new Set(), begin, onWait, said: '' };
      waiters.add(waiter);
      signal?.addEventListener('abort', stop, { once: true });
      advance();
      if (signal?.aborted === true && waiters.has(waiter)) stop();
    });

  return {
    during: async (wanted, options, work) => {
      const loads = [...new Set(wanted)];
      if (loads.length === 0) return await work(() => undefined);
      await turn(loads, options);
      let isHeld = true;
      const release = (): void => {
        if (!isHeld) return;
        isHeld = false;
        for (const load of loads) held.set(load, heldOf(load) - 1);
        advance();
      };
      try {
        return await work(release);
      } finally {
        release();
      }
    },
  };
}
