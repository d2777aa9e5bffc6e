import type { OptionKey } from '../../../core/option-key.ts';
import { vmFields } from '../../../generated/fields/vm.ts';
import { vmOptions } from '../../../generated/options/vm.ts';

/** A numbered key with `*` for its number: `usb*` of `usb3`; any other key as it is. */
function generalKey(key: string): string {
  return key.replace(/(?:0|[1-9]\d*)$/, '*');
}

/** What is known of a config key that `options` takes; undefined for every other key. */
export function optionKey(key: string): OptionKey | undefined {
  return Object.hasOwn(vmOptions.keys, key) ? vmOptions.keys[key] : undefined;
}

/** The path of the field, or of the group of fields, that a config key is written as; undefined where there is none. */
export function coveringPath(key: string): string | undefined {
  const names = [key, generalKey(key)];
  const name = names.find((candidate) => vmFields.some((field) => field.key === candidate));
  const paths = vmFields.filter((field) => field.key === name && name !== undefined).map(({ path }) => path.split('.'));
  const [first] = paths;
  if (first === undefined) {
    const other = names.find((candidate) => Object.hasOwn(vmOptions.coveredBy, candidate));
    return other === undefined ? undefined : vmOptions.coveredBy[other];
  }
  const end = first.findIndex((part, index) => part === '*' || paths.some((path) => path[index] !== part));
  const path = first.slice(0, end < 0 ? undefined : end);
  return path.map((part) => (part.endsWith('*') ? key : part)).join('.');
}

/** Why a config key is no setting; undefined for one that is. */
export function refusal(key: string): string | undefined {
  const name = [key, generalKey(key)].find((candidate) => Object.hasOwn(vmOptions.refused, candidate));
  return name === undefined ? undefined : vmOptions.refused[name];
}
