import { isObject, type Json } from '../../../../src/core/json.ts';
import { ApiError } from '../../../../src/sandbox/api-error.ts';
import type { AuthUser } from '../../../../src/sandbox/host.ts';
import { type Answer, differenceOf } from './compare-answers.ts';
import type { MemoryHost } from './memory-host.ts';
import { endpointFor, type Method, send, TOKEN } from './requests.ts';

/** One line of a recording. */
export interface Exchange {
  readonly method: Method;
  readonly path: string;
  readonly params: readonly (readonly [string, string | number])[] | null;
  readonly auth: string | null;
  readonly note?: string;
  readonly status: number;
  readonly response?: { readonly data: Json; readonly message?: string; readonly errors?: Record<string, string> };
  readonly unstable?: boolean;
}

/** NICs with a rate or a VLAN could not be plugged on the recordings' host, whose bridge had no real interface. */
const BRIDGE_FAILURE =
  /hotplug problem - (?:VM \d+ qmp command 'netdev_add' failed|no physical interface|command '\/sbin\/tc)/;

/**
 * Sends exchanges in order to the handlers and returns how each differs from the recording: undefined where it is not
 * theirs to answer, an empty text where they agree. After each one every task has run.
 */
export function createReplay(host: MemoryHost): (exchange: Exchange) => Promise<string | undefined> {
  const digests = new Map<string, string>();
  const upids = new Map<string, string>();
  const unplugged = new Map<string, Set<string>>();
  return async ({ method, path: fullPath, params, auth, note, status, response, unstable }) => {
    const path = fullPath.replace('/api2/json', '');
    const upid = /^\/nodes\/pve1\/tasks\/([^/]+)\/status$/.exec(path)?.[1];
    const logged = /^\/nodes\/pve1\/tasks\/([^/]+)\/log$/.exec(path)?.[1];
    if (logged !== undefined) return logDifference(host, upids.get(decodeURIComponent(logged)), response?.data);
    if (upid !== undefined) return taskDifference(host, upids.get(decodeURIComponent(upid)), response?.data);
    if (method === 'POST' && path === '/pools') {
      host.access.pools.set('p1', { comment: '', vms: new Set(), storages: new Set() });
    }
    if (endpointFor(method, path) === undefined || !path.startsWith('/nodes/pve1/')) return undefined;
    if (method === 'GET' && path === '/nodes/pve1/qemu/121/config') lockAsRecorded(host, response?.data);
    const sent: Record<string, string | number | readonly string[]> = {};
    for (const [key, value] of params ?? []) {
      const earlier = sent[key];
      if (earlier !== undefined) sent[key] = [earlier, value].flat().map(String);
      else sent[key] = key === 'digest' ? (digests.get(String(value)) ?? value) : value;
    }
    if (method === 'DELETE' && path.endsWith('/qemu/121') && sent['purge'] === 1) unlock(host);
    if (method === 'POST' && path.endsWith('/qemu') && status === 200) await removeQuietly(host, Number(sent['vmid']));
    const answer = await answerTo(host, method, path, sent, userOf(auth, note));
    await host.settle();
    if (typeof answer.data === 'string' && typeof response?.data === 'string') upids.set(response.data, answer.data);
    const digest = learnDigest(digests, response?.data, answer.data);
    const ignored = unplugged.get(path.split('/')[4] ?? '') ?? new Set<string>();
    for (const [key, text] of Object.entries(response?.errors ?? {})) {
      if (!BRIDGE_FAILURE.test(text)) continue;
      unplugged.set(path.split('/')[4] ?? '', ignored.add(key));
      return undefined;
    }
    if (unstable) return undefined;
    const recorded = { status, message: response?.message, errors: response?.errors, data: response?.data };
    const difference = differenceOf(path, recorded, answer, ignored) || (ignored.size === 0 ? digest : '');
    return difference === '' ? '' : `${method} ${path} ${JSON.stringify(sent).slice(0, 250)} ${difference}`;
  };
}

async function answerTo(
  host: MemoryHost,
  method: Method,
  path: string,
  params: Readonly<Record<string, string | number | readonly string[]>>,
  user: AuthUser,
): Promise<Answer> {
  try {
    return { status: 200, data: await send(host, method, path, params, user) };
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    return { status: error.status, message: error.message, errors: error.errors };
  }
}

function userOf(auth: string | null, note: string | undefined): AuthUser {
  if (auth === null && note?.includes('ticket')) return { id: 'root@pam', isRoot: true };
  return auth === null ? TOKEN : { id: auth, isRoot: false };
}

/** The recorder wrote a lock into the config file of one guest, and later took it out, without a line in the file. */
function lockAsRecorded(host: MemoryHost, recorded: Json | undefined): void {
  const entry = host.guests.get(121);
  if (entry === undefined || !isObject(recorded) || recorded['lock'] === undefined) return;
  const current = { ...entry.config.current, lock: String(recorded['lock']) };
  host.guests.write(121, entry.node, { ...entry.config, current });
}

function unlock(host: MemoryHost): void {
  const entry = host.guests.get(121);
  if (entry === undefined) return;
  const { lock: _lock, ...current } = entry.config.current;
  host.guests.write(121, entry.node, { ...entry.config, current });
}

/** The recorder removed guests between attempts to make the same one, without a line in the file. */
async function removeQuietly(host: MemoryHost, vmid: number): Promise<void> {
  if (host.guests.get(vmid) === undefined) return;
  host.guests.setStartedAt(vmid, undefined);
  await send(host, 'DELETE', `/nodes/pve1/qemu/${vmid}`, { purge: 1 });
  await host.settle();
}

/** Pairs the digests of two answers; a write must have changed both files, or neither. */
function learnDigest(digests: Map<string, string>, recorded: Json | undefined, answered: Json | undefined): string {
  if (!isObject(recorded) || !isObject(answered)) return '';
  const [from, to] = [recorded['digest'], answered['digest']];
  if (typeof from !== 'string' || typeof to !== 'string') return '';
  const known = digests.get(from);
  const isShared = known === undefined && [...digests.values()].includes(to);
  digests.set(from, to);
  if (isShared) return 'digest: changed → unchanged';
  return known === undefined || known === to ? '' : 'digest: unchanged → changed';
}

function taskDifference(host: MemoryHost, upid: string | undefined, recorded: Json | undefined): string | undefined {
  if (upid === undefined || !isObject(recorded) || recorded['exitstatus'] === undefined) return undefined;
  // The warnings of tasks come from programs that the recordings' host lacked.
  const expected = String(recorded['exitstatus']).replace(/^WARNINGS: \d+$/, 'OK');
  const answered = host.tasks.get(upid)?.exitstatus;
  return answered === expected ? '' : `${upid} ${expected} → ${answered}`;
}

/** What a task logged, but for its last line, which says how it ended; ids and addresses are never the same twice. */
function logDifference(host: MemoryHost, upid: string | undefined, recorded: Json | undefined): string | undefined {
  const task = upid === undefined ? undefined : host.tasks.get(upid);
  if (task === undefined || !Array.isArray(recorded)) return undefined;
  const expected = recorded.map((line) => (isObject(line) ? String(line['t']) : ''));
  if (!/^TASK /.test(expected.pop() ?? '')) return undefined;
  // The recordings' host lacked some programs.
  const own = expected.filter((line) => !line.startsWith("Can't exec"));
  const [left, right] = [own, task.log].map((lines) => JSON.stringify(lines));
  return left === right ? '' : `${upid} log: ${left} → ${right}`;
}
