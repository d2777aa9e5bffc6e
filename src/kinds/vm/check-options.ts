import type { Diagnostic } from '../../core/diagnostic.ts';
import type { Json } from '../../core/json.ts';
import { nearest } from '../../core/nearest.ts';
import type { OptionFact, OptionKey } from '../../core/option-key.ts';
import type { Resource } from '../../core/resource.ts';
import { vmOptions } from '../../generated/options/vm.ts';
import { PropertyStringError, parsePropertyString } from '../../pve/codecs/property-string.ts';
import type { PropertyFormat } from '../../pve/facts/facts.ts';
import { patternOf } from '../../pve/facts/pattern.ts';
import { joinWords } from '../../spec/words.ts';
import { coveringPath, optionKey, refusal } from './option-keys.ts';
import { optionText, writtenOptions } from './options.ts';
import { specError } from './vm-values.ts';

const WORDS_OF_SWITCHES = /^(1|0|on|off|yes|no|true|false)$/i;

/** What is wrong with a text by the facts of a key or a sub-key; undefined where nothing is. */
function complaint(fact: OptionFact, text: string): string | undefined {
  if (fact.enum !== undefined && !fact.enum.includes(text))
    return `is ${text}. It is one of ${joinWords(fact.enum, 'and')}`;
  if (fact.type === 'boolean') return WORDS_OF_SWITCHES.test(text) ? undefined : `is ${text}. It is true or false`;
  if (fact.type === 'integer' || fact.type === 'number') {
    const value = Number(text);
    const isNumber = text.trim() !== '' && Number.isFinite(value);
    if (!isNumber || (fact.type === 'integer' && !Number.isInteger(value)))
      return `is ${text}. It is ${fact.type === 'integer' ? 'a whole number' : 'a number'}`;
    if (fact.minimum !== undefined && value < fact.minimum) return `is ${text}. It is ${fact.minimum} or more`;
    if (fact.maximum !== undefined && value > fact.maximum) return `is ${text}. It is ${fact.maximum} or less`;
    return undefined;
  }
  if (fact.maxLength !== undefined && text.length > fact.maxLength)
    return `is longer than ${fact.maxLength} characters`;
  if (fact.pattern !== undefined && !patternOf(fact.pattern).test(text)) return `is ${text}, which has a wrong form`;
  return undefined;
}

/** What is wrong with the sub-keys of a property string. */
function complaintOfParts(key: string, option: OptionKey, text: string): string | undefined {
  const { parts } = option;
  if (parts === undefined) return undefined;
  let values: Readonly<Record<string, string>>;
  try {
    values = parsePropertyString(text, parts as PropertyFormat);
  } catch (error) {
    if (error instanceof PropertyStringError)
      return `options.${key} is ${text}, which has a wrong form: ${error.message}.`;
    throw error;
  }
  for (const [sub, value] of Object.entries(values)) {
    const fact = parts[sub];
    if (fact === undefined) return `options.${key} has no ${sub}. Known are ${joinWords(Object.keys(parts), 'and')}.`;
    const wrong = complaint(fact, value);
    if (wrong !== undefined) return `${sub} in options.${key} ${wrong}.`;
  }
  const lacks = Object.entries(parts).find(
    ([sub, fact]) => fact.optional !== 1 && fact.alias === undefined && values[sub] === undefined,
  );
  return lacks === undefined ? undefined : `options.${key} is ${text}, which lacks ${lacks[0]}.`;
}

function valueProblem(resource: Resource, key: string, option: OptionKey, value: Json): Diagnostic | undefined {
  const pointer = `/options/${key}`;
  if (value === null) return undefined;
  const isSwitch = option.type === 'boolean';
  const text = optionText(value);
  // At the top Proxmox VE takes no words for switches (pve-common: PVE/JSONSchema.pm, check_type).
  if (typeof value === 'boolean' ? !isSwitch : isSwitch && text !== '0' && text !== '1') {
    const wanted = isSwitch ? 'true or false' : 'text';
    return specError(resource, pointer, 'wrong type', `options.${key} is ${String(value)}. It is ${wanted}.`);
  }
  const wrong = complaint(option, text);
  const detail = wrong === undefined ? complaintOfParts(key, option, text) : `options.${key} ${wrong}.`;
  return detail === undefined ? undefined : specError(resource, pointer, 'wrong value', detail);
}

function keyProblem(resource: Resource, key: string): Diagnostic {
  const pointer = `/options/${key}`;
  const path = coveringPath(key);
  if (path !== undefined)
    return specError(
      resource,
      pointer,
      'there is a field',
      `options has ${key}, which is written as ${path}. Write it there.`,
    );
  const why = refusal(key);
  if (why !== undefined) return specError(resource, pointer, 'not to be set', `options has ${key}. ${why}`);
  const prefix = key.replace(/\d+$/, '');
  const count = vmOptions.keys[`${prefix}*`]?.count;
  const known = Object.keys(vmOptions.keys).map((name) => name.replace('*', '0'));
  const near = count === undefined ? nearest(key, known) : `${prefix}0 to ${prefix}${count - 1}`;
  const remedy = near === undefined ? 'Keys are written as qm set takes them.' : `Did you mean ${near}?`;
  return specError(resource, pointer, 'unknown key', `Proxmox VE has no config key ${key}. ${remedy}`);
}

/**
 * The rules of `options`: config keys that Proxmox VE has and no field covers, with values that its API takes (the API
 * facts of the newest version).
 */
export function checkOptions(resource: Resource): readonly Diagnostic[] {
  return writtenOptions(resource).flatMap(([key, value]) => {
    const option = optionKey(key);
    const problem = option === undefined ? keyProblem(resource, key) : valueProblem(resource, key, option, value);
    return problem === undefined ? [] : [problem];
  });
}
