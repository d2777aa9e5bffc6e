import { PvevmError } from '../core/error.ts';
import { isObject } from '../core/json.ts';
import { parseDuration } from '../core/units.ts';
import type { FaultRule } from './faults.ts';

const METHODS: readonly string[] = ['GET', 'POST', 'PUT', 'DELETE'];

const WORKER_FATES: readonly string[] = ['dies-before', 'dies-after', 'is-forgotten'] satisfies FaultRule['worker'][];

type Rule = { -readonly [Key in keyof FaultRule]: FaultRule[Key] };
/** Says whether it can take the value. */
type Reader = (rule: Rule, value: string) => boolean;

const isInteger = (text: string, from: number, to: number): boolean =>
  /^\d+$/.test(text) && Number(text) >= from && Number(text) <= to;
const isYes = (value: string): boolean => ['', '1', 'true', 'yes'].includes(value);

const textAs =
  (key: 'message' | 'taskError' | 'lock' | 'fullStorage' | 'nodeDown'): Reader =>
  (rule, value) => {
    rule[key] = value;
    return value !== '';
  };
const durationAs =
  (key: 'delayMs' | 'lockMs'): Reader =>
  (rule, value) => {
    rule[key] = parseDuration(value) ?? 0;
    return parseDuration(value) !== undefined;
  };
const flagAs =
  (key: 'isStale' | 'isTicketExpired' | 'isIdTaken'): Reader =>
  (rule, value) => {
    rule[key] = true;
    return isYes(value);
  };

const DURATION = 'a duration, as in 500ms or 2s';
const ALONE = 'no value';

/** What each word of a rule means, and what it takes. */
const WORDS: Readonly<Record<string, readonly [read: Reader, takes: string]>> = {
  method: [
    (rule, value) => {
      rule.method = value.toUpperCase() as NonNullable<Rule['method']>;
      return METHODS.includes(rule.method);
    },
    METHODS.join(', '),
  ],
  path: [
    (rule, value) => {
      rule.path = value;
      return value.startsWith('/') || value.startsWith('*');
    },
    'a path below /api2/json, as in /nodes/*/qemu',
  ],
  status: [
    (rule, value) => {
      rule.status = Number(value);
      return isInteger(value, 400, 999);
    },
    'a status of HTTP that says failure: 400 to 999',
  ],
  message: [textAs('message'), 'a text'],
  after: [
    (rule, value) => {
      rule.after = 'effect';
      return value === 'effect';
    },
    'effect',
  ],
  drop: [
    (rule, value) => {
      rule[value === 'after' ? 'dropAfter' : 'dropBefore'] = true;
      return value === 'before' || value === 'after';
    },
    'before or after',
  ],
  count: [
    (rule, value) => {
      rule.times = Number(value);
      return isInteger(value, 1, 1e9);
    },
    'a whole number above 0',
  ],
  probability: [
    (rule, value) => {
      rule.probability = Number(value);
      return /^\d*\.?\d+$/.test(value) && Number(value) <= 1;
    },
    'a number from 0 to 1',
  ],
  delay: [durationAs('delayMs'), DURATION],
  'task-error': [textAs('taskError'), 'a text'],
  'task-warning': [
    (rule, value) => {
      rule.taskWarnings = [...(rule.taskWarnings ?? []), value];
      return value !== '';
    },
    'a text',
  ],
  worker: [
    (rule, value) => {
      rule.worker = value as NonNullable<Rule['worker']>;
      return WORKER_FATES.includes(value);
    },
    WORKER_FATES.join(', '),
  ],
  lock: [textAs('lock'), 'the name of a lock, as in backup'],
  'lock-time': [durationAs('lockMs'), DURATION],
  'storage-full': [textAs('fullStorage'), 'a storage'],
  'node-down': [textAs('nodeDown'), 'a node'],
  stale: [flagAs('isStale'), ALONE],
  'ticket-expired': [flagAs('isTicketExpired'), ALONE],
  'id-taken': [flagAs('isIdTaken'), ALONE],
};

/**
 * A rule from its text: `POST /pools status=596 after=effect count=1`, values with blanks in double quotes. Throws
 * `USAGE` with what is wrong.
 */
export function parseFault(text: string): FaultRule {
  const words = [...text.matchAll(/(?:"[^"]*"|[^\s"])+/g)].map(([word]) => word.replaceAll('"', ''));
  if (words.length === 0) throw problem(text, 'it is empty', 'Say which requests, as in POST /nodes/*/qemu.');
  const pairs = words.map((word, index): readonly [string, string] => {
    if (index === 0 && METHODS.includes(word.toUpperCase())) return ['method', word];
    if (word.startsWith('/') || word.startsWith('*')) return ['path', word];
    const [, name = '', value = ''] = /^([^=]*)=?(.*)$/s.exec(word) ?? [];
    return [name, value];
  });
  return ruleOf(pairs, text);
}

/** A rule from what stands for it in a file: its text, or a map with the same words. Throws `USAGE`. */
export function readFault(item: unknown): FaultRule {
  if (typeof item === 'string') return parseFault(item);
  const shown = JSON.stringify(item);
  if (!isObject(item)) throw problem(shown, 'it is no rule', 'Write a text, or a map with the same words.');
  const pairs = Object.entries(item).flatMap(([name, value]) =>
    [value].flat().flatMap((each): readonly (readonly [string, string])[] => {
      if (each === false) return [];
      return [[name, each === true ? '1' : String(each)]];
    }),
  );
  return ruleOf(pairs, shown);
}

/** The rules of a file: a list of texts and of maps with the same words, or a map with such a list as `faults`. */
export function readFaults(content: unknown): readonly FaultRule[] {
  const list = isObject(content) ? content['faults'] : content;
  if (!Array.isArray(list)) throw new PvevmError('USAGE', 'cannot read the faults: they are no list');
  return list.map(readFault);
}

function ruleOf(pairs: readonly (readonly [string, string])[], shown: string): FaultRule {
  const rule: Rule = {};
  for (const [name, value] of pairs) {
    const [read, takes] = (Object.hasOwn(WORDS, name) ? WORDS[name] : undefined) ?? [];
    if (read === undefined)
      throw problem(shown, `'${name}' is not known`, `It takes ${Object.keys(WORDS).join(', ')}.`);
    if (!read(rule, value)) throw problem(shown, `'${name}' cannot be '${value}'`, `'${name}' takes ${takes}.`);
  }
  return rule;
}

function problem(shown: string, what: string, hint: string): PvevmError {
  return new PvevmError('USAGE', `cannot read the fault '${shown}': ${what}`, { hints: [hint] });
}
