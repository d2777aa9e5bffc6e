import { isObject } from '../../core/json.ts';
import type { PveClient, WriteOptions } from '../../pve/reader.ts';
import { fillPath } from '../../pve/request.ts';
import { parseUpid } from '../../pve/upid.ts';

/** A client that remembers what its writes have started and nobody has seen end. */
export interface TaskTracker {
  readonly client: PveClient;
  /** The UPIDs of the tasks, oldest first. */
  running(): readonly string[];
  /** The requests whose answers have not come yet, as in `POST /nodes/pve1/qemu`; they may have started tasks. */
  unanswered(): readonly string[];
}

/** Makes a client that remembers its tasks: they are what goes on when the program is left at once. */
export function trackTasks(client: PveClient): TaskTracker {
  const running = new Set<string>();
  const sent = new Map<symbol, string>();
  const write =
    (method: string, send: PveClient['post']): PveClient['post'] =>
    async (path, options: WriteOptions = {}) => {
      const request = Symbol(method);
      sent.set(request, `${method} ${fillPath(path, options.path)}`);
      try {
        const answer = await send(path, options);
        if (typeof answer === 'string' && parseUpid(answer) !== undefined) running.add(answer);
        return answer;
      } finally {
        sent.delete(request);
      }
    };
  return {
    running: () => [...running],
    unanswered: () => [...sent.values()],
    client: {
      ...client,
      get: async (path, options) => {
        const answer = await client.get(path, options);
        const upid = String(options?.path?.['upid'] ?? '');
        if (running.has(upid) && isObject(answer) && answer['status'] === 'stopped') running.delete(upid);
        return answer;
      },
      post: write('POST', client.post),
      put: write('PUT', client.put),
      delete: write('DELETE', client.delete),
    },
  };
}
