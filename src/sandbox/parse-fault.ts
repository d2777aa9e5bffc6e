import { PvevmError } from '../core/error.ts';
import { isObject } from '../core/json.ts';
import { parseDuration } from '../core/units.ts';
import type { FaultRule } from './faults.ts';

const METHODS: readonly string[] = ['GET', 'POST', 'PUT', 'DELETE'];

type Rule = { -readonly [Key in keyof FaultRule]: FaultRule[Key] };
type Reader = (rule: Rule, value: string) => boolean;

function inRange(text: string, from: number, to: number): boolean {
  return /^\d+(?:\.\d+)?$/.test(text) && Number(text) >= from && Number(text) <= to;
}

const isYes = (value: string): boolean => ['', '1', 'true', 'yes'].includes(value);

/** What each word of a rule means; a reader says whether it can take the value. */
const WORDS: Readonly<Record<string, Reader>> = {
  method: (rule, value) => {
    rule.method = value as NonNullable<Rule['method']>;
    return METHODS.includes(value);
  },
  path: (rule, value) => {
    rule.path = value;
    return value.startsWith('/') || value.startsWith('*');
  },
  status: (rule, value) => {
    rule.status = Number(value);
    return inRange(value, 100, 999);
  },
  message: (rule, value) => {
    rule.message = value;
    return true;
  },
  after: (rule, value) => {
    rule.after = 'effect';
    return value === 'effect';
  },
  drop: (rule, value) => {
    rule[value === 'after' ? 'dropAfter' : 'dropBefore'] = true;
    return value === 'before' || value === 'after';
  },
  count: (rule, value) => {
    rule.times = Number(value);
    return inRange(value, 1, 1e9);
  },
  probability: (rule, value) => {
    rule.probability = Number(value);
    return inRange(value, 0, 1);
  },
  delay: (rule, value) => {
    rule.delayMs = parseDuration(value) ?? 0;
    return parseDuration(value) !== undefined;
  },
  'task-error': (rule, value) => {
    rule.taskError = value;
    return value !== '';
  },
  'task-warning': (rule, value) => {
    rule.taskWarnings = [...(rule.taskWarnings ?? []), value];
    return value !== '';
  },
  lock: (rule, value) => {
    rule.lock = value;
    return value !== '';
  },
  'lock-time': (rule, value) => {
    rule.lockMs = parseDuration(value) ?? 0;
    return parseDuration(value) !== undefined;
  },
  'storage-full': (rule, value) => {
    rule.fullStorage = value;
    return value !== '';
  },
  'node-down': (rule, value) => {
    rule.nodeDown = value;
    return value !== '';
  },
  stale: (rule, value) => {
    rule.isStale = true;
    return isYes(value);
  },
  'ticket-expired': (rule, value) => {
    rule.isTicketExpired = true;
    return isYes(value);
  },
  'id-taken': (rule, value) => {
    rule.isIdTaken = true;
    return isYes(value);
  },
};

/**
 * A rule from its text: `POST /pools status=596 after=effect count=1`, values with blanks in double quotes. Throws
 * `USAGE` with what is wrong.
 */
export function parseFault(text: string): FaultRule {
  const words = [...text.matchAll(/(?:"[^"]*"|[^\s"])+/g)].map(([word]) => word.replaceAll('"', ''));
  const pairs = words.map((word, index): readonly [string, string] => {
    if (index === 0 && METHODS.includes(word)) return ['method', word];
    if (word.startsWith('/') || word.startsWith('*')) return ['path', word];
    const [, name = '', value = ''] = /^([^=]*)=?(.*)$/s.exec(word) ?? [];
    return [name, value];
  });
  return ruleOf(pairs, text);
}

/** The rules of a file: a list of texts and of maps with the same words, or a map with such a list as `faults`. */
export function readFaults(content: unknown): readonly FaultRule[] {
  const list = isObject(content) ? content['faults'] : content;
  if (!Array.isArray(list)) throw new PvevmError('USAGE', 'cannot read the faults: they are no list');
  return list.map((item: unknown) => {
    if (typeof item === 'string') return parseFault(item);
    if (!isObject(item)) throw new PvevmError('USAGE', `cannot read the fault ${JSON.stringify(item)}`);
    const pairs = Object.entries(item).flatMap(([name, value]) =>
      [value].flat().map((each): readonly [string, string] => [name, each === true ? '1' : String(each)]),
    );
    return ruleOf(pairs, JSON.stringify(item));
  });
}

function ruleOf(pairs: readonly (readonly [string, string])[], shown: string): FaultRule {
  const rule: Rule = {};
  for (const [name, value] of pairs) {
    const read = Object.hasOwn(WORDS, name) ? WORDS[name] : undefined;
    if (read?.(rule, value) !== true) {
      const problem = read === undefined ? `'${name}' is not known` : `'${name}' cannot be '${value}'`;
      throw new PvevmError('USAGE', `cannot read the fault '${shown}': ${problem}`, {
        hints: [`It takes ${Object.keys(WORDS).join(', ')}.`],
      });
    }
  }
  return rule;
}
