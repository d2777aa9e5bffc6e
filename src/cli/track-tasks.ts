import { isObject } from '../core/json.ts';
import type { PveClient } from '../pve/reader.ts';
import { parseUpid } from '../pve/upid.ts';

/** A client that remembers which tasks its writes have started and nobody has seen end. */
export interface TaskTracker {
  readonly client: PveClient;
  /** Their UPIDs, oldest first. */
  running(): readonly string[];
}

/** Makes a client that remembers its tasks: they are what goes on when the program is left at once. */
export function trackTasks(client: PveClient): TaskTracker {
  const running = new Set<string>();
  const remember = (answer: unknown): unknown => {
    if (typeof answer === 'string' && parseUpid(answer) !== undefined) running.add(answer);
    return answer;
  };
  return {
    running: () => [...running],
    client: {
      ...client,
      get: async (path, options) => {
        const answer = await client.get(path, options);
        const upid = String(options?.path?.['upid'] ?? '');
        if (running.has(upid) && isObject(answer) && answer['status'] === 'stopped') running.delete(upid);
        return answer;
      },
      post: async (path, options) => remember(await client.post(path, options)),
      put: async (path, options) => remember(await client.put(path, options)),
      delete: async (path, options) => remember(await client.delete(path, options)),
    },
  };
}
