import type { EndpointFact, ParameterFact } from '../pve/facts/facts.ts';
import { parameterFailure } from './api-error.ts';
import { behaviourOf } from './behaviour.ts';
import { type Complain, checkValue, MESSAGES } from './check-value.ts';
import type { Call, SandboxFacts } from './host.ts';
import { parameterFact } from './numbered-names.ts';

/** The parameters of a request before they are checked: text, a list from a repeated key or JSON array, or an object. */
export type RawParameters = Readonly<Record<string, RawValue>>;
export type RawValue = string | readonly string[] | { readonly object: true };

/**
 * The parameters of a call, checked and typed; throws status 400 with all that is wrong (pve-common:
 * PVE/RESTHandler.pm, handle; PVE/JSONSchema.pm, validate).
 */
export function checkParameters(facts: SandboxFacts, endpoint: EndpointFact, given: RawParameters): Call['params'] {
  const errors: Record<string, string> = {};
  const complain: Complain = (path, message) => {
    const name = path === '' ? '_root' : path;
    errors[name] = errors[name] === undefined ? message : `${errors[name]}\n${message}`;
  };
  const result: Record<string, string | number | readonly string[]> = {};
  for (const [name, fact] of Object.entries(endpoint.parameters)) {
    const isRequired = fact.optional !== 1 && !name.endsWith('[n]');
    if (isRequired && given[name] === undefined) complain(name, MESSAGES.missing);
  }
  for (const [name, raw] of Object.entries(given)) {
    const fact = parameterFact(endpoint.parameters, name);
    if (fact === undefined) {
      complain(name, MESSAGES.unknown);
      continue;
    }
    if (fact.type === 'array') {
      const items = typeof raw === 'string' ? [raw] : raw;
      if (Array.isArray(items)) {
        const item = fact.items ?? {};
        for (const [index, text] of items.entries()) checkValue(facts, item, text, `${name}[${index}]`, complain);
        result[name] = items;
      } else complain(name, `type check ('array') failed - got HASH`);
      continue;
    }
    const value = scalarOf(fact, raw);
    if (value === undefined) {
      complain(name, `type check ('${fact.type ?? 'string'}') failed - got ${Array.isArray(raw) ? 'ARRAY' : 'HASH'}`);
      continue;
    }
    checkValue(facts, fact, value, name, complain);
    if (fact.requires !== undefined && given[fact.requires] === undefined) {
      complain(fact.requires, behaviourOf({ facts }).requiredBy.replace('X', name));
    }
    result[name] = typedValue(fact, value);
  }
  if (Object.keys(errors).length > 0) throw parameterFailure(errors);
  return result;
}

/** A list becomes text where the parameter is a list in text; undefined where it cannot. */
function scalarOf(fact: ParameterFact, raw: RawValue): string | undefined {
  if (typeof raw === 'string') return raw;
  if (!Array.isArray(raw)) return undefined;
  return fact.type === 'string' && /-a?list$/.test(fact.format ?? '') ? raw.join(',') : undefined;
}

function typedValue(fact: ParameterFact, value: string): string | number {
  // `+4` passes the check as an integer, but the config's own parser refuses it: it has to stay as it was written.
  const isNumeric = fact.type === 'boolean' || (fact.type === 'integer' && !value.startsWith('+'));
  return isNumeric ? Number(value) : value;
}
