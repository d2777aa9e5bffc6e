import type { Answer } from './answer.ts';

/** Which requests are to fail, and how. Without `status`, `dropBefore` or `dropAfter` they fail with status 500. */
export interface FaultRule {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** The path below `/api2/json`, whole, or a pattern of it. */
  readonly path: string | RegExp;
  /** Answered in place of the real answer, without the request's effect. */
  readonly status?: number;
  readonly message?: string;
  /** The connection is cut without an answer, and without the request's effect. */
  readonly dropBefore?: boolean;
  /** The request has its effect, and the connection is cut without an answer. */
  readonly dropAfter?: boolean;
  /** How many requests fail; 1 unless given. */
  readonly times?: number;
}

/** The rules that are in force. */
export interface Faults {
  add(rule: FaultRule): void;
  /** The rule that a request falls under, used up once; the rule that was added first wins. */
  take(method: string, path: string): FaultRule | undefined;
}

/** An empty set of rules. */
export function createFaults(): Faults {
  const rules: { readonly rule: FaultRule; left: number }[] = [];
  return {
    add(rule) {
      rules.push({ rule, left: rule.times ?? 1 });
    },
    take(method, path) {
      const found = rules.find(({ rule, left }) => left > 0 && isMatch(rule, method, path));
      if (found !== undefined) found.left -= 1;
      return found?.rule;
    },
  };
}

/** The answer that a rule puts in place of the real one. */
export function faultAnswer(rule: FaultRule): Answer {
  const status = rule.status ?? 500;
  const message = rule.message ?? (status >= 595 ? 'Connection refused' : 'injected failure');
  const reason = message.replace(/[^\x20-\x7e]/g, '?');
  // A proxy's own failures carry plain text; the API's carry JSON.
  if (status >= 595 || status === 401) return { status, reason, body: '' };
  const body = JSON.stringify({ data: null, message: `${message}\n` });
  return { status, reason, contentType: 'application/json;charset=UTF-8', body };
}

function isMatch(rule: FaultRule, method: string, path: string): boolean {
  if (rule.method !== undefined && rule.method !== method) return false;
  return typeof rule.path === 'string' ? rule.path === path : rule.path.test(path);
}
