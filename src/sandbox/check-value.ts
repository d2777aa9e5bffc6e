import { PropertyStringError, parsePropertyString } from '../pve/codecs/property-string.ts';
import type { ParameterFact, PropertyFormat } from '../pve/facts/facts.ts';
import { patternOf } from '../pve/facts/pattern.ts';
import { behaviourOf } from './behaviour.ts';
import { FORMAT_CHECKS } from './formats.ts';
import type { SandboxFacts } from './host.ts';

/** Takes a complaint about the value at a path, as in `scsi0.cache`. */
export type Complain = (path: string, message: string) => void;

const INTEGER = /^[+-]?\d+$/;
const NUMBER = /^[+-]?(?=\.?\d)\d*\.?\d*(?:e[+-]?\d+)?$/i;
const MISSING = 'property is missing and it is not optional';
const UNKNOWN = 'property is not defined in schema and the schema does not allow additional properties';

/** What Proxmox VE says of a parameter that is required and absent, and of one that it does not know. */
export const MESSAGES: { readonly missing: string; readonly unknown: string } = { missing: MISSING, unknown: UNKNOWN };

/** Checks one value against its facts, in Proxmox VE's order and words (pve-common: PVE/JSONSchema.pm, check_prop). */
export function checkValue(
  facts: SandboxFacts,
  fact: ParameterFact,
  value: string,
  path: string,
  complain: Complain,
): void {
  const type = fact.type ?? 'string';
  const isTyped =
    type === 'string' ||
    (type === 'boolean' && (value === '0' || value === '1')) ||
    (type === 'integer' && INTEGER.test(value)) ||
    (type === 'number' && NUMBER.test(value));
  if (!isTyped) {
    complain(path, `type check ('${type}') failed - got '${value}'`);
    return;
  }
  try {
    if (fact.format !== undefined) checkFormat(facts, fact.format, value, path);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    complain(path, `invalid format - ${error.message}\n`);
    return;
  }
  const message = limitMessage(fact, value);
  if (message !== undefined) complain(path, message);
}

function limitMessage(fact: ParameterFact, value: string): string | undefined {
  if (fact.pattern !== undefined && !patternOf(fact.pattern).test(value)) {
    return 'value does not match the regex pattern';
  }
  const length = [...value].length;
  if (fact.maxLength !== undefined && length > fact.maxLength) {
    return `value may only be ${fact.maxLength} characters long`;
  }
  if (fact.minLength !== undefined && length < fact.minLength) {
    return `value must be at least ${fact.minLength} characters long`;
  }
  if (NUMBER.test(value)) {
    if (fact.maximum !== undefined && Number(value) > fact.maximum) {
      return `value must have a maximum value of ${fact.maximum}`;
    }
    if (fact.minimum !== undefined && Number(value) < fact.minimum) {
      return `value must have a minimum value of ${fact.minimum}`;
    }
  }
  if (fact.enum !== undefined && !fact.enum.includes(value)) {
    return `value '${value}' does not have a value in the enumeration '${fact.enum.join(', ')}'`;
  }
  return undefined;
}

/** Throws an `Error` with what is wrong (PVE/JSONSchema.pm, check_format). */
function checkFormat(facts: SandboxFacts, format: string, value: string, path: string): void {
  const element = /^(.*?)-a?list$/.exec(format)?.[1];
  if (element !== undefined) {
    for (const item of splitList(value)) FORMAT_CHECKS[element]?.(item, facts);
    return;
  }
  if (format.endsWith('-opt')) {
    if (value !== '') FORMAT_CHECKS[format.slice(0, -4)]?.(value, facts);
    return;
  }
  const properties = facts.formats[format];
  if (properties === undefined || properties === 'validator') FORMAT_CHECKS[format]?.(value, facts);
  else checkProperties(facts, properties, value, path);
  if (format === 'pve-vm-cpu-conf' && typeof properties === 'object') checkCpu(facts, properties, value);
}

/** The items of a list parameter: `,`, `;` and blanks separate them (pve-common: PVE/Tools.pm, split_list). */
export function splitList(value: string): readonly string[] {
  return value.split(value.includes('\0') ? /\0/ : /[,;\s]+/).filter((item) => item !== '');
}

function checkProperties(facts: SandboxFacts, format: PropertyFormat, value: string, path: string): void {
  const values: Record<string, string> = {};
  const { readsBareBooleans, requiredBy } = behaviourOf({ facts });
  for (const [key, text] of Object.entries(parse(value, format))) {
    const isBare = format[key]?.default_key === 1 && value.split(',').includes(text);
    const isRead = format[key]?.type === 'boolean' && (readsBareBooleans || !isBare);
    values[key] = isRead ? plainBoolean(text) : text;
  }
  const lines: string[] = [];
  const complain: Complain = (where, message) => lines.push(`${where}: ${message}\n`);
  for (const key of new Set([...Object.keys(format), ...Object.keys(values)].sort())) {
    const fact = Object.hasOwn(format, key) ? format[key] : undefined;
    const text = values[key];
    const where = `${path}.${key}`;
    if (fact === undefined) complain(where, UNKNOWN);
    else if (text !== undefined) {
      checkValue(facts, fact, text, where, complain);
      if (fact.requires !== undefined && values[fact.requires] === undefined) {
        complain(`${path}.${fact.requires}`, requiredBy.replace('X', where));
      }
    } else if (fact.optional !== 1 && fact.alias === undefined) complain(where, MISSING);
  }
  if (lines.length > 0) throw new Error(`format error\n${lines.join('')}`.replace(/\n$/, ''));
}

function parse(value: string, format: PropertyFormat): Readonly<Record<string, string>> {
  try {
    return parsePropertyString(value, format);
  } catch (error) {
    if (error instanceof PropertyStringError) throw new Error(error.message);
    throw error;
  }
}

function plainBoolean(text: string): string {
  if (/^(?:1|on|yes|true)$/i.test(text)) return '1';
  return /^(?:0|off|no|false)$/i.test(text) ? '0' : text;
}

/** Built-in models that a custom one cannot be reported as. */
const CPU_LEVELS = ['x86-64-v2', 'x86-64-v2-AES', 'x86-64-v3', 'x86-64-v4'];

/** A guest's CPU may be a built-in model and have only some flags (qemu-server: PVE/QemuServer/CPUConfig.pm). */
function checkCpu(facts: SandboxFacts, format: PropertyFormat, value: string): void {
  const { cpuFlags } = behaviourOf({ facts });
  const { cputype, flags } = parse(value, format);
  const builtIn = [...(format['reported-model']?.enum ?? []), ...CPU_LEVELS];
  const custom = cputype?.startsWith('custom-') ? cputype.slice(7) : undefined;
  if (custom !== undefined && facts.hasCpuModel?.(custom) !== true)
    throw new Error(`Custom cputype '${custom}' not found`);
  if (custom === undefined && cputype !== undefined && !builtIn.includes(cputype)) {
    throw new Error(`Built-in cputype '${cputype}' is not defined (missing 'custom-' prefix?)`);
  }
  if (flags?.split(';').some((flag) => !cpuFlags.includes(flag.slice(1)))) {
    throw new Error(`VM-specific CPU flags must be a subset of: ${cpuFlags.join(', ')}`);
  }
}
