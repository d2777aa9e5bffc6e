import { originOf, type Resource } from '../../core/resource.ts';
import type { ManagedValue } from '../kind.ts';
import { templateValues } from './clone/template.ts';
import { attributeField } from './ha/registration.ts';

/** What a document says of power, pool and template, which are no config keys. */
export function attributes(resource: Resource): readonly ManagedValue[] {
  const values: ManagedValue[] = [];
  const add = (path: string, key: string): void => {
    const value = resource.spec[path];
    if (value === undefined) return;
    const origin = originOf(resource, `/${path}`);
    values.push({
      path,
      key,
      field: attributeField(path, 'string', 'L'),
      value: value ?? undefined,
      origin: origin.text,
      builtIn: origin.builtIn,
    });
  };
  add('pool', 'pool');
  add('power', 'status');
  return [...values, ...templateValues(resource)];
}
