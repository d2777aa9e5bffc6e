import type { Field } from '../../../core/field.ts';
import { isObject, type Json, type JsonObject } from '../../../core/json.ts';
import type { OptionKey } from '../../../core/option-key.ts';
import { originOf, type Resource } from '../../../core/resource.ts';
import type { LiveState, ManagedValue } from '../../kind.ts';
import { optionKey } from './option-keys.ts';
import { meansSame } from './option-meaning.ts';

/** The entries of `options`, sorted by key. */
export function writtenOptions(resource: Resource): readonly (readonly [key: string, value: Json])[] {
  const options = resource.spec['options'];
  if (!isObject(options)) return [];
  return Object.entries(options as JsonObject).sort(([left], [right]) => (left < right ? -1 : 1));
}

/** A value as Proxmox VE's text: switches are 1 and 0. */
export function optionText(value: Json): string {
  return typeof value === 'boolean' ? String(Number(value)) : String(value);
}

/** The field that stands for a raw config key. */
function optionField(key: string, option: OptionKey): Field {
  return {
    path: `options.${key}`,
    key,
    codec: 'string',
    class: option.class,
    privilege: option.privilege,
    ...(option.absent === undefined ? {} : { absent: option.absent }),
    description: `The config key ${key} of Proxmox VE, as it is.`,
  };
}

/**
 * The raw config keys that a document manages. A live value that means the same stands in for what is written, so that
 * its spelling is never a change.
 */
export function optionValues(resource: Resource, live: LiveState | undefined): readonly ManagedValue[] {
  return writtenOptions(resource).flatMap(([key, written]) => {
    const option = optionKey(key);
    if (option === undefined) return [];
    const [current, pending] = [live?.current.get(key), live?.pending.get(key)];
    const text = written === null ? undefined : optionText(written);
    const same = [pending, current].find(
      (stored) => stored !== undefined && text !== undefined && meansSame(option, text, stored),
    );
    const origin = originOf(resource, `/options/${key}`);
    const field = optionField(key, option);
    return [{ path: field.path, key, field, value: same ?? text, origin: origin.text, builtIn: false }];
  });
}
