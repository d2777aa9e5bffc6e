import { isObject, type Json } from '../../../../src/core/json.ts';
import type { AuthUser } from '../../../../src/sandbox/host.ts';
import type { MemoryHost } from './memory-host.ts';
import { type Method, send, TOKEN } from './requests.ts';

type Params = Readonly<Record<string, string | number>>;

/** How tests act on the guests of a host, by paths below `/nodes/pve1/qemu`. */
export interface Actor {
  /** Sends a request, waits for its task and returns the task's exit status, or the answer where there is no task. */
  act(method: Method, path: string, params?: Params, user?: AuthUser): Promise<Json>;
  /** As `act`, but returns the log of the task. */
  log(method: Method, path: string, params?: Params): Promise<readonly string[]>;
  config(vmid: number, params?: Params): Promise<Readonly<Record<string, Json>>>;
}

/** Acts on a host as the token of root. */
export function actorOn(host: MemoryHost, node = 'pve1'): Actor {
  const at = (path: string) => `/nodes/${node}/qemu${path}`;
  const act: Actor['act'] = async (method, path, params = {}, user = TOKEN) => {
    const answer = await send(host, method, at(path), params, user);
    await host.settle();
    return typeof answer === 'string' ? (host.tasks.get(answer)?.exitstatus ?? answer) : answer;
  };
  return {
    act,
    async log(method, path, params = {}) {
      const upid = await send(host, method, at(path), params);
      await host.settle();
      return host.tasks.get(String(upid))?.log ?? [];
    },
    async config(vmid, params = {}) {
      const answer = await act('GET', `/${vmid}/config`, params);
      return isObject(answer) ? answer : {};
    },
  };
}
