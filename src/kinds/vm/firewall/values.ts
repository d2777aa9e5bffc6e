import type { Field } from '../../../core/field.ts';
import { isObject, type Json, type JsonObject } from '../../../core/json.ts';
import { originOf, type Resource } from '../../../core/resource.ts';
import { vmFields } from '../../../generated/fields/vm.ts';
import { codecOf } from '../../../pve/codecs/codecs.ts';
import type { ManagedValue } from '../../kind.ts';

const FIELDS: readonly Field[] = vmFields.filter(
  (field) => field.path.startsWith('firewall.') && field.codec !== undefined,
);

/** The fields that are options of a guest's firewall, each with what the API calls it. */
export const OPTION_FIELDS: readonly (Field & { readonly parameter: string })[] = FIELDS.flatMap((field) =>
  field.parameter === undefined ? [] : [{ ...field, parameter: field.parameter }],
);

/** The key that a guest's firewall rules are compared under. */
export const RULES_KEY = 'firewall.rules';

/** The key that a named set or alias is compared under; Proxmox VE lower-cases their names. */
export function namedKey(map: 'ipSets' | 'aliases', name: string): string {
  return `firewall.${map}.${name.toLowerCase()}`;
}

/** The name in the key of a set or an alias; undefined for the keys of anything else. */
export function nameIn(map: 'ipSets' | 'aliases', key: string): string | undefined {
  const prefix = `firewall.${map}.`;
  return key.startsWith(prefix) ? key.slice(prefix.length) : undefined;
}

function managed(resource: Resource, field: Field, path: string, key: string, value: Json): ManagedValue {
  const origin = originOf(resource, `/${path.replaceAll('.', '/')}`);
  return {
    path,
    key,
    field,
    value: value === null ? undefined : codecOf(field.codec as string).fromSpec(value),
    origin: origin.text,
    builtIn: origin.builtIn,
  };
}

/** What a document says of the firewall: options that are written, the rules, and named sets and aliases. */
export function firewallValues(resource: Resource): readonly ManagedValue[] {
  const written = resource.spec['firewall'];
  if (!isObject(written)) return [];
  return FIELDS.flatMap((field): readonly ManagedValue[] => {
    const [, name = '', slot] = field.path.split('.');
    const value = (written as JsonObject)[name];
    if (value === undefined) return [];
    if (slot === undefined) return [managed(resource, field, field.path, field.path, value)];
    if (!isObject(value)) return [];
    const map = name as 'ipSets' | 'aliases';
    return Object.entries(value as JsonObject).map(([entry, child]) =>
      managed(resource, field, `firewall.${name}.${entry}`, namedKey(map, entry), child),
    );
  });
}
