import type { Diagnostic } from '../core/diagnostic.ts';
import { isObject, type Json, type JsonObject } from '../core/json.ts';
import type { Budget } from './budget.ts';
import { type Document, type Place, rangeOfKey, rangeOfValue } from './document.ts';
import type { Words } from './explain-value.ts';
import { TEMPLATE_KEYS } from './is-template.ts';
import type { Scope } from './scope.ts';

/** The most resources of one document. */
const MAX_INSTANCES = 1000;

/** One resource of a document before its placeholders are replaced, and what is its own among what they can ask for. */
export interface Instance {
  readonly document: Document;
  readonly scope: Pick<Scope, 'index' | 'each'>;
}

/** The instances of a document, or what is wrong with them. */
export type Instances = { readonly instances: readonly Instance[] } | { readonly problem: Diagnostic };

function problem(range: Diagnostic['range'], pointer: string, [summary, detail]: Words): Instances {
  const place = range === undefined ? {} : { range };
  return { problem: { severity: 'error', code: 'SPEC_INVALID', summary, detail, pointer, ...place } };
}

/** Whether a value differs from one instance to the next. */
function isOwn(value: Json | undefined): boolean {
  return typeof value === 'string' && /(^|[^$])\$\{(index|each\.)/.test(value);
}

function bounds(instances: Json | undefined): readonly [from: number, to: number] {
  if (!isObject(instances)) return [1, Number(instances ?? 1)];
  return [Number(instances['from']), Number(instances['to'])];
}

/** The document of one instance: with its id, and a name of its own. */
function instanceOf(document: Document, order: number, numbered: boolean): Document {
  const value: Record<string, Json> = {};
  for (const [key, child] of Object.entries<Json>(document.value)) if (!TEMPLATE_KEYS.includes(key)) value[key] = child;
  const { name, vmid } = document.value;
  if (numbered && typeof name === 'string' && !isOwn(name)) value['name'] = `${name}-\${index:02}`;
  if (!isObject(vmid)) return { ...document, value };
  value['vmid'] = Number(vmid['from']) + order;
  const places = new Map<string, Place>(document.places);
  places.set('/vmid', { value: rangeOfValue(document, '/vmid/from') });
  return { ...document, value, places };
}

/**
 * Makes the instances of a document: one for each number of `instances`, or for each entry of `each`; one without an
 * index where it has neither. Where the name has no placeholder that tells them apart, `-${index:02}` is added.
 * `instances`, `each` and `vmid` are known to fit the schema. Where they are more than the budget allows, that is the
 * problem.
 */
export function makeInstances(document: Document, budget: Budget): Instances {
  const { instances, each, vmid } = document.value as JsonObject;
  if (instances === undefined && each === undefined) {
    const excess = budget.take(1);
    if (excess !== undefined) return problem(document.range, '', excess);
    return { instances: [{ document: instanceOf(document, 0, false), scope: {} }] };
  }
  if (instances !== undefined && each !== undefined) {
    const detail = 'A document has instances, or each, and not both: each makes one resource of every entry.';
    return problem(rangeOfKey(document, '/instances'), '/instances', ['two ways to repeat', detail]);
  }
  const list = (each ?? []) as readonly JsonObject[];
  const [from, to] = each === undefined ? bounds(instances) : [1, list.length];
  const count = to - from + 1;
  const pointer = each === undefined ? '/instances' : '/each';
  const range = rangeOfValue(document, pointer);
  if (isObject(instances) && to < from)
    return problem(range, pointer, [
      'wrong range',
      `instances goes from ${from} to ${to}, which is less. Write {from: ${to}, to: ${from}}.`,
    ]);
  if (count > MAX_INSTANCES)
    return problem(range, pointer, [
      'too many instances',
      `One document may make ${MAX_INSTANCES} resources, and this one makes ${count}.`,
    ]);
  const excess = budget.take(count, document.places.size, JSON.stringify(document.value).length);
  if (excess !== undefined) return problem(range, pointer, excess);
  if (count > 1 && vmid !== undefined && vmid !== null && !isObject(vmid) && !isOwn(vmid)) {
    const first = typeof vmid === 'number' ? vmid : 200;
    const detail = `Each of the ${count} instances needs an id of its own. Write vmid: {from: ${first}}, which numbers them in order, or leave vmid out.`;
    return problem(rangeOfValue(document, '/vmid'), '/vmid', ['one vmid for several instances', detail]);
  }
  return {
    instances: Array.from({ length: count }, (_, order) => {
      const values = list[order];
      const entry = values === undefined ? {} : { each: { document, pointer: `/each/${order}`, values } };
      return { document: instanceOf(document, order, true), scope: { index: from + order, ...entry } };
    }),
  };
}
