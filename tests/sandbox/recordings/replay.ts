import { isObject } from '../../../src/core/json.ts';
import type { Sandbox, VirtualClock } from '../../../src/sandbox/index.ts';
import { createBridgeFailures } from './bridge-failures.ts';
import { type Answer, differencesOf } from './compare.ts';
import { createCredentials } from './credentials.ts';
import { createDigests } from './digests.ts';
import type { Exchange } from './exchange.ts';
import { timeOf } from './recorded-time.ts';
import { isInScope } from './scope.ts';
import { doSilentDeeds } from './silent-deeds.ts';
import { createWireClient, type WireRequest } from './wire-client.ts';

/** What became of one exchange. */
export interface Outcome {
  /** Where the answer differs from the recorded one; none: they agree. */
  readonly differences: readonly string[];
  /** Whether the recorded answer came of a host without real bridges. */
  readonly isOfBridge: boolean;
  /** Whether it asks for a task of a call that is out of scope. */
  readonly isOfLaterTask: boolean;
}

/** Sends the exchanges of recordings to one sandbox. */
export interface Replay {
  /** Sends one exchange; `place` is its recording without the version, and its line. */
  send(exchange: Exchange, place: string): Promise<Outcome>;
  close(): void;
}

/** Notes of exchanges whose task the recorder did not wait for. */
const UNAWAITED: ReadonlySet<string> = new Set(['a running task', 'no waiting']);
const STEP_MS = 100;

/** Replays over HTTPS, at the time of the recording; after an answer that names a task, waits for it as the recorder did. */
export function createReplay(sandbox: Sandbox, clock: VirtualClock): Replay {
  const client = createWireClient(sandbox.endpoint, sandbox.ca);
  const credentials = createCredentials(sandbox.directory);
  const upids = new Map<string, string>();
  const digests = createDigests();
  const later = new Set<string>();
  const bridges = createBridgeFailures();
  const requestOf = (exchange: Exchange): WireRequest => {
    const { method, raw_body: rawBody } = exchange;
    const path = pathOf(exchange.path, upids);
    const headers = credentials.headersOf(exchange);
    if (typeof rawBody === 'string') {
      return { method, path, headers: { ...headers, 'content-type': typeOf(rawBody, exchange.reason) }, body: rawBody };
    }
    const pairs = (exchange.params ?? []).map(([name, value]): [string, string] => {
      const text = String(value);
      if (name === 'digest') return [name, digests.own(text)];
      return [name, name === 'password' ? credentials.passwordOf(text) : text];
    });
    const form = new URLSearchParams(pairs).toString();
    if (method !== 'POST' && method !== 'PUT') {
      const query = pairs.length === 0 ? '' : `${path.includes('?') ? '&' : '?'}${form}`;
      return { method, path: path + query, headers };
    }
    return { method, path, headers: { ...headers, 'content-type': 'application/x-www-form-urlencoded' }, body: form };
  };
  const sendAsRoot = async (method: string, path: string): Promise<unknown> => {
    const headers = credentials.headersOf({ path, auth: 'root@pam!test' });
    const { text } = await client.send({ method, path, headers });
    const [upid] = method === 'GET' ? [] : upidsIn(bodyOf(text));
    if (upid !== undefined) await taskEnd(upid);
    return bodyOf(text);
  };
  const taskEnd = async (upid: string): Promise<void> => {
    const path = `/api2/json/nodes/pve1/tasks/${encodeURIComponent(upid)}/status`;
    while (JSON.stringify(await sendAsRoot('GET', path)).includes('"status":"running"')) await clock.advance(STEP_MS);
  };
  return {
    close: () => client.close(),
    async send(exchange, place) {
      await doSilentDeeds(sandbox, place, exchange, sendAsRoot);
      await clock.advance(Math.max((timeOf(exchange) ?? 0) - clock.now(), 0));
      const asked = /\/tasks\/([^/]+)\/status$/.exec(exchange.path)?.[1];
      const upid = asked === undefined ? undefined : upids.get(decodeURIComponent(asked));
      // The recorder asked again and again until a task had ended.
      if (upid !== undefined && JSON.stringify(exchange.response).includes('"status":"stopped"')) await taskEnd(upid);
      const sent = await client.send(requestOf(exchange));
      const answered: Answer = { ...sent, body: bodyOf(sent.text) };
      const headers = Object.entries(exchange.headers).map(([name, value]) => [name.toLowerCase(), value]);
      const recorded: Answer = {
        status: exchange.status,
        reason: exchange.reason,
        headers: Object.fromEntries(headers),
        body: exchange.response ?? bodyOf(exchange.text ?? ''),
      };
      await clock.advance(exchange.ms ?? 0);
      credentials.learn(exchange, answered.body);
      for (const [from, to] of upidPairs(recorded.body, answered.body)) upids.set(from, to);
      const [started] = upidsIn(answered.body);
      if (started !== undefined && !UNAWAITED.has(exchange.note ?? '')) await taskEnd(started);
      const path = exchange.path.replace(/^\/api2\/[a-z]+/, '').replace(/\?.*/, '');
      const differences = [
        ...differencesOf(path, recorded, answered),
        ...digests.compare(path, recorded.body, answered.body),
      ];
      if (!isInScope(path)) for (const upid of upidsIn(recorded.body)) later.add(upid);
      return {
        isOfLaterTask: [...later].some((upid) => decodeURIComponent(exchange.path).includes(upid)),
        isOfBridge: bridges.isFailure(exchange),
        differences: differences.filter((difference) => !bridges.explains(path, difference)),
      };
    },
  };
}

function pathOf(recorded: string, upids: ReadonlyMap<string, string>): string {
  const known = recorded.replace(/UPID(?::|%3A)[^/?]*/g, (upid) => upids.get(decodeURIComponent(upid)) ?? upid);
  return known.replace(/[^\x21-\x7e]/g, (character) => encodeURIComponent(character));
}

function typeOf(body: string, reason: string): string {
  if (reason.includes('text/plain')) return 'text/plain';
  if (body.startsWith('--')) return `multipart/form-data; boundary=${body.slice(2).split('\r\n')[0]}`;
  return /^[{[]/.test(body) ? 'application/json' : 'application/x-www-form-urlencoded';
}

function bodyOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function upidsIn(body: unknown): readonly string[] {
  const data = isObject(body) ? body['data'] : undefined;
  return typeof data === 'string' && data.startsWith('UPID:') ? [data] : [];
}

/** The tasks that two answers name, the recorded one and the sandbox's. */
function upidPairs(recorded: unknown, answered: unknown): readonly (readonly [string, string])[] {
  if (!isObject(recorded) || !isObject(answered)) return [];
  const [from, to] = [recorded['data'], answered['data']];
  const isPair =
    typeof from === 'string' && typeof to === 'string' && from.startsWith('UPID:') && to.startsWith('UPID:');
  return isPair ? [[from, to]] : [];
}
