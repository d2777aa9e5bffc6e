import type { Diagnostic } from '../../../core/diagnostic.ts';
import type { Json } from '../../../core/json.ts';
import { nearest } from '../../../core/nearest.ts';
import type { OptionFact, OptionKey } from '../../../core/option-key.ts';
import type { Resource } from '../../../core/resource.ts';
import { vmFields } from '../../../generated/fields/vm.ts';
import { vmOptions } from '../../../generated/options/vm.ts';
import { joinWords } from '../../../spec/words.ts';
import { specError } from '../vm-values.ts';
import { coveringPath, optionKey, refusal } from './option-keys.ts';
import { optionText, writtenOptions } from './options.ts';

// The config keys that fields stand for: a mistyped one may have been meant.
const FIELD_KEYS = vmFields.flatMap(({ key }) => (key === false ? [] : [key.replace('*', '0')]));

/** What is wrong with a text by the facts of a key; undefined where nothing is. */
function complaint(fact: OptionFact, text: string): string | undefined {
  if (fact.enum !== undefined && !fact.enum.includes(text))
    return `is ${text}. It is one of ${joinWords(fact.enum, 'and')}`;
  if (fact.type === 'integer' || fact.type === 'number') {
    const value = Number(text);
    const isNumber = text.trim() !== '' && Number.isFinite(value);
    if (!isNumber || (fact.type === 'integer' && !Number.isInteger(value)))
      return `is ${text}. It is ${fact.type === 'integer' ? 'a whole number' : 'a number'}`;
    if (fact.minimum !== undefined && value < fact.minimum) return `is ${text}. It is ${fact.minimum} or more`;
    if (fact.maximum !== undefined && value > fact.maximum) return `is ${text}. It is ${fact.maximum} or less`;
  }
  return undefined;
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
  return wrong === undefined ? undefined : specError(resource, pointer, 'wrong value', `options.${key} ${wrong}.`);
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
  const near = nearest(key, [...Object.keys(vmOptions.keys), ...FIELD_KEYS]);
  const remedy =
    near === undefined ? 'Keys are written as qm set takes them.' : `Did you mean ${coveringPath(near) ?? near}?`;
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
