import type { Field } from '../core/field.ts';
import type { Json } from '../core/json.ts';
import { nearest } from '../core/nearest.ts';
import type { ValidationError } from '../generated/validators/validate.d.ts';
import { explainUnit } from './explain-unit.ts';
import type { Located } from './schema-node.ts';
import { displayValue, joinWords, suggest, writtenValue } from './words.ts';

/** A summary and a detail: what a diagnostic says. */
export type Words = readonly [summary: string, detail: string];

const TYPE_WORDS: Readonly<Record<string, string>> = {
  string: 'text',
  boolean: 'true or false',
  integer: 'a whole number',
  number: 'a number',
  object: 'a map',
  array: 'a list',
};

function typeOf(value: unknown): string {
  if (value === null || value === undefined) return 'null';
  if (Array.isArray(value)) return 'array';
  return typeof value;
}

function typesOf(located: readonly Located[]): readonly string[] {
  const types = located.flatMap(({ node }) => {
    if (node.enum !== undefined) return node.enum.map(typeOf);
    if (node.const !== undefined) return [typeOf(node.const)];
    return node.type === undefined ? [] : [node.type].flat();
  });
  return [...new Set(types)];
}

function choicesOf(located: readonly Located[]): readonly Json[] {
  return located
    .flatMap(({ node }) => node.enum ?? (node.const === undefined ? [] : [node.const]))
    .filter((choice) => choice !== null);
}

function hasType(value: unknown, types: readonly string[]): boolean {
  const type = typeOf(value);
  if (type !== 'number') return types.includes(type);
  return types.includes('number') || (types.includes('integer') && Number.isInteger(value));
}

const YES_NO: Readonly<Record<string, boolean>> = {
  yes: true,
  on: true,
  true: true,
  no: false,
  off: false,
  false: false,
};

/** What was probably meant by a value of the wrong type. */
function remedyFor(value: unknown, types: readonly string[]): string {
  if (typeof value === 'string' && types.includes('boolean') && Object.hasOwn(YES_NO, value.toLowerCase())) {
    return ` Write ${String(YES_NO[value.toLowerCase()])}.`;
  }
  if (typeof value === 'string' && types.every((type) => type === 'array' || type === 'null'))
    return ` Write [${value}].`;
  const numeric = types.includes('integer') || types.includes('number');
  if (typeof value === 'string' && numeric && /^-?\d+(\.\d+)?$/.test(value)) return ` Write ${value}, without quotes.`;
  if (typeof value === 'number' && types.includes('string') && !types.includes('object'))
    return ` Put it in quotes: "${value}".`;
  return '';
}

function nameOfType(type: string, located: readonly Located[]): string {
  const takes = (name: string): boolean => located.some((candidate) => candidate.name === name);
  if (type === 'string' && takes('size')) return 'a size with a unit, as in 2GiB';
  if (type === 'string' && takes('duration')) return 'a duration, as in 30s';
  return TYPE_WORDS[type] ?? type;
}

function explainType(path: string, value: unknown, located: readonly Located[]): Words {
  const choices = choicesOf(located);
  const open = located.filter(({ node }) => node.enum === undefined && node.const === undefined);
  const types = typesOf(open).filter((type) => type !== 'null');
  const accepted = [...choices.map(writtenValue), ...types.map((type) => nameOfType(type, located))];
  const remedy = remedyFor(value, typesOf(located));
  return ['wrong type', `${path} takes ${joinWords(accepted, 'or')}; here stands ${displayValue(value)}.${remedy}`];
}

function explainBounds(path: string, value: unknown, located: readonly Located[]): Words {
  const bounds = located
    .map(({ node }) => node)
    .find((node) => node.minimum !== undefined || node.maximum !== undefined || node.exclusiveMinimum !== undefined);
  const { minimum, maximum, exclusiveMinimum } = bounds ?? {};
  const words =
    exclusiveMinimum !== undefined
      ? `more than ${exclusiveMinimum}`
      : minimum !== undefined && maximum !== undefined
        ? `${minimum} to ${maximum}`
        : minimum !== undefined
          ? `${minimum} or more`
          : `${maximum ?? 0} or less`;
  return ['out of range', `${path} is ${displayValue(value)}; it takes ${words}.`];
}

/**
 * What is wrong with a value, in words: its errors from the validator, all of one place, are reduced to the one that
 * was meant. `description` of the schema says what a pattern wants.
 */
export function explainValue(
  path: string,
  value: unknown,
  located: readonly Located[],
  errors: readonly ValidationError[],
  field: Field | undefined,
): Words {
  const unit = explainUnit(path, value, located, field);
  if (unit !== undefined) return unit;
  const wrongChoice = typeof value === 'boolean' && !errors.some((error) => error.keyword === 'enum');
  if (wrongChoice || !hasType(value, typesOf(located))) return explainType(path, value, located);
  const has = (...keywords: readonly string[]): boolean => errors.some((error) => keywords.includes(error.keyword));
  if (has('minimum', 'maximum', 'exclusiveMinimum')) return explainBounds(path, value, located);
  if (has('maxLength')) {
    const limit = located.find(({ node }) => node.maxLength !== undefined)?.node.maxLength;
    return ['text too long', `${path} takes ${limit} characters at most, and here stand ${String(value).length}.`];
  }
  if (has('uniqueItems')) return ['entry stands twice', `Every entry of ${path} may stand there once.`];
  if (has('minLength')) return ['empty text', `${path} must not be empty.`];
  const withPattern = located.filter(({ node }) => node.pattern !== undefined);
  if (has('pattern') && withPattern.length > 0) {
    const described = [...withPattern, ...located].find(({ node }) => node.description !== undefined);
    const form = described?.node.description ?? `It must match ${withPattern[0]?.node.pattern}.`;
    return ['wrong form', `${path} cannot be ${displayValue(value)}. ${form}`];
  }
  const choices = choicesOf(located).map(writtenValue);
  return [
    'unknown value',
    `${path} cannot be ${displayValue(value)}. ${suggest(nearest(String(value), choices), choices)}`,
  ];
}
