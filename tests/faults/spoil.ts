import type { Clock } from '../../src/core/clock.ts';
import { asUnsent } from '../../src/pve/connection/network-error.ts';
import type { Sandbox } from '../../src/sandbox/index.ts';
import type { Fault } from './fault-kinds.ts';

/** A request of a run, as the matrix names it: `POST /nodes/pve1/qemu #1`, the number being that of its occurrence. */
export interface SeenRequest {
  readonly key: string;
  readonly method: string;
  readonly path: string;
  /** Whether its answer was the id of a task. */
  startsTask: boolean;
}

/** What a spoiled run is to meet at one of its requests: a fault, or the death of its process around it. */
export type Blow = Fault | { readonly way: 'kill-before' | 'kill-after'; readonly name: string };

/** The requests of a run, and what befalls one of them. */
export interface Spoiler {
  readonly seen: readonly SeenRequest[];
  /** Whether the request that was to be spoiled was sent. */
  readonly struck: boolean;
  /** Resolves when the process is dead. */
  readonly dead: Promise<void>;
  spoil(send: typeof fetch, clock: Clock): typeof fetch;
}

const REQUEST_TIMEOUT_MS = 30_000;

function pathOf(url: string): string {
  return new URL(url).pathname.replace('/api2/json', '');
}

/** Times and process ids out of a UPID: a request is to have one name in all runs. */
function nameOf(path: string): string {
  return decodeURIComponent(path).replace(/UPID:[^:]+:[^:]+:[^:]+:[^:]+:([^:]*:[^:]*):[^/]*/, 'UPID:$1');
}

function refused(url: string): Error {
  const cause = Object.assign(new Error(`connect ECONNREFUSED ${new URL(url).host}`), { code: 'ECONNREFUSED' });
  return Object.assign(new TypeError('fetch failed'), { cause: asUnsent(cause) });
}

function exactly(path: string): RegExp {
  const escaped = [path, decodeURIComponent(path)].map((text) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^(?:${escaped.join('|')})$`);
}

const never = (): Promise<never> => new Promise(() => undefined);

function isFault(blow: Blow): blow is Fault {
  return blow.way !== 'kill-before' && blow.way !== 'kill-after';
}

/** Sends a request to which a fault happens. */
export async function befall(
  sandbox: Sandbox,
  what: Fault,
  { method, path }: Pick<SeenRequest, 'method' | 'path'>,
  url: string,
  send: () => Promise<Response>,
  clock: Clock,
): Promise<Response> {
  switch (what.way) {
    case 'refused':
      throw refused(url);
    case 'timeout-before':
      await clock.sleep(REQUEST_TIMEOUT_MS);
      throw new DOMException('The operation was aborted due to timeout', 'TimeoutError');
    case 'timeout-after':
      await (await send()).arrayBuffer();
      await clock.sleep(REQUEST_TIMEOUT_MS);
      throw new DOMException('The operation was aborted due to timeout', 'TimeoutError');
    case 'rule':
      sandbox.failNext({ ...what.rule, method: method as 'GET', path: exactly(path) });
      return await send();
  }
}

/** Counts the requests of one process, and strikes at the one of that name. */
export function createSpoiler(sandbox: Sandbox, key?: string, blow?: Blow): Spoiler {
  const seen: SeenRequest[] = [];
  const counts = new Map<string, number>();
  let struck = false;
  let isDead = false;
  let onDeath = (): void => undefined;
  const dead = new Promise<void>((resolve) => {
    onDeath = resolve;
  });
  const die = (): Promise<never> => {
    isDead = true;
    onDeath();
    return never();
  };

  const strike = async (what: Blow, request: SeenRequest, url: string, send: () => Promise<Response>, clock: Clock) => {
    if (what.way === 'kill-before') return await die();
    if (isFault(what)) return await befall(sandbox, what, request, url, send, clock);
    await (await send()).arrayBuffer();
    return await die();
  };

  return {
    seen,
    dead,
    get struck() {
      return struck;
    },
    spoil: (send, clock) => async (input, init) => {
      if (isDead) return await never();
      const url = String(input);
      const method = init?.method ?? 'GET';
      const path = pathOf(url);
      const name = `${method} ${nameOf(path)}`;
      const count = (counts.get(name) ?? 0) + 1;
      counts.set(name, count);
      const request: SeenRequest = { key: `${name} #${count}`, method, path, startsTask: false };
      seen.push(request);
      const isIt = request.key === key && blow !== undefined;
      if (isIt) struck = true;
      const response = isIt
        ? await strike(blow, request, url, () => send(input, init), clock)
        : await send(input, init);
      if (isDead) return await never();
      if (method !== 'GET') request.startsTask = (await response.clone().text()).includes('"UPID:');
      return response;
    },
  };
}
