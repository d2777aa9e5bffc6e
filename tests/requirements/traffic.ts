import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { createPveClient } from '../../src/pve/client.ts';
import type { PveClient, PveReader } from '../../src/pve/reader.ts';
import type { Sandbox } from '../../src/sandbox/index.ts';

/** A client of a sandbox, and what it has sent. */
export interface Traffic {
  readonly pve: PveClient;
  /** The paths of all requests, in order, with their queries. */
  readonly paths: readonly string[];
  /** How many requests of a sort were sent, and how many of them were on their way at a time, at most. */
  of(sort: RegExp): { readonly sent: number; readonly most: number };
}

/** Starts to count. Answers come in another order than they were asked for in. */
export function watchTraffic(sandbox: Sandbox, token: string = sandbox.token): Traffic {
  const log: { readonly path: string; readonly isAnswer: boolean }[] = [];
  const paths: string[] = [];
  const pve = createPveClient({
    endpoint: sandbox.endpoint,
    credentials: { type: 'token', token },
    fetch: async (input, init) => {
      const { pathname, search } = new URL(String(input));
      const path = decodeURIComponent(pathname.replace('/api2/json', '')) + search;
      log.push({ path, isAnswer: false });
      paths.push(path);
      const answer = await sandbox.fetch(input, init);
      for (let turns = (path.length * 7 + paths.length) % 5; turns > 0; turns -= 1) await nextTurn();
      log.push({ path, isAnswer: true });
      return answer;
    },
  });
  return {
    pve,
    paths,
    of: (sort) => {
      let [sent, onTheirWay, most] = [0, 0, 0];
      for (const { path, isAnswer } of log) {
        if (!sort.test(path)) continue;
        onTheirWay += isAnswer ? -1 : 1;
        if (!isAnswer) sent += 1;
        most = Math.max(most, onTheirWay);
      }
      return { sent, most };
    },
  };
}

/** A reader that sends each request only after the one before it was answered. */
export function oneAtATime(pve: PveReader): PveReader {
  let last: Promise<unknown> = Promise.resolve();
  return {
    ...pve,
    get: (path, options) => {
      const answer = last.then(() => pve.get(path, options));
      last = answer.catch(() => undefined);
      return answer;
    },
  };
}

/** Writes the configuration of a guest, as by hand; `reload` makes the sandbox see it. */
export function putGuest(sandbox: Sandbox, node: string, vmid: number, lines: readonly string[]): void {
  const folder = join(sandbox.directory, 'nodes', node, 'qemu-server');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, `${vmid}.conf`), `${lines.join('\n')}\n`);
}

/** Writes the firewall of a guest, as by hand. */
export function putFirewall(sandbox: Sandbox, vmid: number, lines: readonly string[]): void {
  const folder = join(sandbox.directory, 'firewall');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, `${vmid}.fw`), `${lines.join('\n')}\n`);
}
