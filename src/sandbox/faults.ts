import type { Answer } from './answer.ts';
import type { WorkerFate } from './host.ts';
import { createRandom } from './random.ts';

/** Which requests are to go wrong, and how. Without any way they fail with status 500. */
export interface FaultRule {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** The path below `/api2/json`, whole; `*` stands for one part of it, `**` for any; or a pattern. Absent: every path. */
  readonly path?: string | RegExp;
  /** How many requests fall under it; 1 unless given, and no end with `probability`. */
  readonly times?: number;
  /** How likely a request that matches falls under it, 0 to 1; chance comes from the sandbox's seed. */
  readonly probability?: number;
  /** How long the request waits before anything happens, in milliseconds; alone, it is then answered as ever. */
  readonly delayMs?: number;
  /** Answered in place of the real answer, without the request's effect unless `after` says so. */
  readonly status?: number;
  readonly message?: string;
  /** The status is answered, but the request has had its effect. */
  readonly after?: 'effect';
  /** The connection is cut without an answer, and without the request's effect. */
  readonly dropBefore?: boolean;
  /** The request has its effect, and the connection is cut without an answer. */
  readonly dropAfter?: boolean;
  /** The task that the request starts fails with this text, and does nothing. */
  readonly taskError?: string;
  /** The task that the request starts does its work, and warns of these. */
  readonly taskWarnings?: readonly string[];
  /** What becomes of the worker of the task that the request starts: what it had done stays, its locks too. */
  readonly worker?: WorkerFate;
  /** The guest in the path has this lock when the request comes, for `lockMs`. */
  readonly lock?: string;
  /** Milliseconds; 1000 unless given. */
  readonly lockMs?: number;
  /** The answer is the last one that was given for this path. */
  readonly isStale?: boolean;
  /** No volume can be made on this storage by the request or its task. */
  readonly fullStorage?: string;
  /** This node is offline from the request on, until the faults are cleared. */
  readonly nodeDown?: string;
  /** Only requests with a ticket fall under it, and are refused, as if it had expired. */
  readonly isTicketExpired?: boolean;
  /** Another client takes the id that the request asks for, just before it. */
  readonly isIdTaken?: boolean;
}

/** What of a request decides whether a rule is for it. */
export interface FaultSubject {
  readonly method: string;
  readonly path: string;
  readonly hasTicket: boolean;
}

/** The rules that are in force. */
export interface Faults {
  add(rule: FaultRule): void;
  clear(): void;
  /** The rule that a request falls under, used up once; the rule that was added first wins. */
  take(subject: FaultSubject): FaultRule | undefined;
}

/** An empty set of rules. */
export function createFaults(seed: number): Faults {
  const rules: { readonly rule: FaultRule; readonly matches: (subject: FaultSubject) => boolean; left: number }[] = [];
  const random = createRandom(seed);
  return {
    add(rule) {
      const left = rule.times ?? (rule.probability === undefined ? 1 : Number.POSITIVE_INFINITY);
      rules.push({ rule, matches: matcherOf(rule), left });
    },
    clear: () => rules.splice(0),
    take(subject) {
      const found = rules.find(
        ({ rule, matches, left }) =>
          left > 0 && matches(subject) && random.integer(1_000_000) < (rule.probability ?? 1) * 1_000_000,
      );
      if (found !== undefined) found.left -= 1;
      return found?.rule;
    },
  };
}

/** Whether a rule says only what happens around a request, which is then answered as ever. */
export function isAnswered(rule: FaultRule): boolean {
  return rule.status === undefined && rule.dropBefore !== true && rule.isTicketExpired !== true && hasOtherWay(rule);
}

function hasOtherWay(rule: FaultRule): boolean {
  const { delayMs, taskError, taskWarnings, worker, lock, isStale, fullStorage, nodeDown, isIdTaken, dropAfter } = rule;
  const ways = [delayMs, taskError, taskWarnings, worker, lock, isStale, fullStorage, nodeDown, isIdTaken, dropAfter];
  return ways.some((way) => way !== undefined && way !== false);
}

/** The answer that a rule puts in place of the real one. */
export function faultAnswer(rule: FaultRule): Answer {
  if (rule.isTicketExpired === true) return { status: 401, reason: 'Authentication failed!', body: '' };
  const status = rule.status ?? 500;
  const message = rule.message ?? (status >= 595 ? 'Connection refused' : 'injected failure');
  const reason = message.replace(/[^\x20-\x7e]/g, '?');
  // A proxy's own failures carry plain text; the API's carry JSON.
  if (status >= 595 || status === 401) return { status, reason, body: '' };
  const body = JSON.stringify({ data: null, message: `${message}\n` });
  return { status, reason, contentType: 'application/json;charset=UTF-8', body };
}

function matcherOf({ method, path, isTicketExpired }: FaultRule): (subject: FaultSubject) => boolean {
  const pattern = typeof path === 'string' ? globPattern(path) : path;
  return (subject) =>
    (method === undefined || method === subject.method) &&
    (pattern === undefined || pattern.test(subject.path)) &&
    (isTicketExpired !== true || subject.hasTicket);
}

function globPattern(glob: string): RegExp {
  const source = glob
    .split(/(\*\*|\*)/)
    .map((part) => (part === '**' ? '.*' : part === '*' ? '[^/]*' : part.replace(/[.+?^${}()|[\]\\]/g, '\\$&')));
  return new RegExp(`^${source.join('')}$`);
}
