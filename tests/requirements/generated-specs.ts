import fc from 'fast-check';
import { isObject, type Json, type JsonObject } from '../../src/core/json.ts';
import { vmOptions } from '../../src/generated/options/vm.ts';
import {
  type FieldValue,
  fieldValues,
  isForRoot,
  isPrepared,
  type Pick,
  pickOf,
  withValue,
} from './generated-values.ts';
import type { Story } from './prediction.ts';
import { invalidBecause } from './valid-spec.ts';

/** Fills in what a spec lacks of a part; what it has stays. */
function filled(spec: JsonObject, part: JsonObject): JsonObject {
  const result: Record<string, Json> = { ...spec };
  for (const [key, value] of Object.entries(part)) {
    const present = result[key];
    if (present === undefined) result[key] = value;
    else if (isObject(present) && isObject(value)) result[key] = filled(present as JsonObject, value as JsonObject);
  }
  return result;
}

/** The picks that a spec was put together of, and those that did not fit it by what `validate` said against them. */
export interface Assembled {
  readonly spec: JsonObject;
  /** The fields of those that fitted. */
  readonly taken: readonly string[];
  readonly refused: readonly string[];
}

/** A spec of so many picks, one after the other; one that contradicts those before it is left out. */
export function assemble(picks: readonly Pick[], start: JsonObject = {}): Assembled {
  let spec = start;
  const taken: string[] = [];
  const refused: string[] = [];
  for (const { field, pointer, part } of picks) {
    const keys = pointer.split('/').slice(1);
    const value = keys.reduce<Json | undefined>((at, key) => (isObject(at) ? (at[key] as Json) : undefined), part);
    const next = withValue(filled(spec, part), keys, value ?? null);
    const why = invalidBecause(next);
    if (why === undefined) {
      spec = next;
      taken.push(field);
    } else refused.push(why);
  }
  return { spec, taken, refused };
}

const OPTIONS: readonly FieldValue[] = Object.entries(vmOptions.keys).flatMap(([key, option]) => {
  const values: readonly Json[] =
    option.enum?.slice(0, 2) ??
    (option.type === 'boolean' ? [true, false] : option.type === 'string' ? ['ceph-pool'] : [option.minimum ?? 0, 2]);
  return values.map((value) => ({ path: `options.${key}`, value }));
});

function picksAmong(wanted: (value: FieldValue) => boolean): fc.Arbitrary<Pick> {
  const values = fc.oneof(
    { weight: 24, arbitrary: fieldValues(wanted) },
    { weight: 1, arbitrary: fc.constantFrom(...OPTIONS) },
  );
  return fc.tuple(values, fc.array(fc.nat(1000), { minLength: 3, maxLength: 3 })).map(([value, numbers]) => {
    const left = [...numbers];
    return pickOf(value, (count) => (left.shift() ?? 0) % count);
  });
}

/** Any value of any field: of what root@pam alone may set, too, and of what a test has to prepare. */
export const anyPicks: fc.Arbitrary<Pick> = picksAmong(() => true);

const plainPicks = picksAmong((value) => !isForRoot(value) && !isPrepared(value));

/**
 * Valid specs of guests over all fields of the schema, without kind and name, that any token may apply to a cluster where
 * nothing was prepared.
 */
export const specs: fc.Arbitrary<JsonObject> = fc
  .array(plainPicks, { minLength: 1, maxLength: 25, size: 'max' })
  .map((picks) => assemble(picks).spec)
  .filter(placesEverything);

/** Whether what lies on the storage of the first disk where it says none has such a disk, or is not there. */
function placesEverything({ disks, cloudInit, system }: JsonObject): boolean {
  const firmware = isObject(system) && ['efi', 'tpm'].some((name) => isObject(system[name]));
  return disks === undefined || Object.keys(Object(disks)).length > 0 || (cloudInit === undefined && !firmware);
}

/** Valid specs over all that a document can say. */
export const wholeSpecs: fc.Arbitrary<JsonObject> = fc
  .array(anyPicks, { minLength: 1, maxLength: 40, size: 'max' })
  .map((picks) => assemble(picks).spec);

/** What is laid over a spec: what it ignores, which maps are the whole truth, that it takes no built-in defaults. */
const layers: fc.Arbitrary<(spec: JsonObject) => JsonObject> = fc
  .record({ ignored: fc.nat(20), exclusive: fc.nat(9), none: fc.nat(5) })
  .map(({ ignored, exclusive, none }) => (spec) => {
    const keys = Object.keys(spec).filter((key) => !['options', 'node', 'ha', 'timeouts'].includes(key));
    const layered = [
      ...(ignored < keys.length && ignored < 3 ? [{ ignore: [keys[ignored] ?? ''] }] : []),
      ...(exclusive === 0 ? [{ exclusive: ['disks', 'network'].filter((map) => isObject(spec[map])) }] : []),
      ...(none === 0 ? [{ defaults: 'none' }] : []),
    ];
    let whole = spec;
    for (const layer of layered) {
      const next = { ...whole, ...layer };
      if (invalidBecause(next) === undefined) whole = next;
    }
    return whole;
  });

const HOTPLUG = ['0', '1', 'network', 'disk', 'network,disk,usb,cpu', 'network,disk,usb,memory,cpu', 'usb,cloudinit'];

const picksOf = (maxLength: number): fc.Arbitrary<readonly Pick[]> =>
  fc.array(anyPicks, { minLength: 1, maxLength, size: 'max' });

/** A spec and another one for the same guest: edited here and there, or a different one altogether. */
export const stories: fc.Arbitrary<Story> = fc
  .record({
    first: picksOf(25),
    kept: fc.array(fc.boolean(), { minLength: 25, maxLength: 25 }),
    edits: picksOf(12),
    between: fc.option(picksOf(6), { freq: 3, nil: undefined }),
    layer: layers,
    running: fc.nat(3).map((number) => number > 0),
    hotplug: fc.option(fc.constantFrom(...HOTPLUG), { freq: 2, nil: undefined }),
    allow: fc.constantFrom([], [], [], ['restart'], ['restart', 'data-loss']),
  })
  .map(({ first, kept, edits, between, layer, ...rest }) => ({
    ...rest,
    first: assemble(first).spec,
    between: between === undefined ? undefined : assemble([...first, ...between]).spec,
    second: layer(assemble([...first.filter((_, index) => kept[index]), ...edits]).spec),
  }));

/** A spec without the values at some pointers. */
export function without(spec: JsonObject, pointers: readonly string[]): JsonObject {
  const dropAt = (value: JsonObject, [key = '', ...rest]: readonly string[]): JsonObject => {
    const { [key]: child, ...others } = value;
    if (child === undefined || rest.length === 0 || !isObject(child)) return others;
    return { ...others, [key]: dropAt(child as JsonObject, rest) };
  };
  return pointers.reduce((left, pointer) => dropAt(left, pointer.split('/').slice(1)), spec);
}

/** How often a property is tried: 25 times, 1,000 where PVEVM_TEST_LONG is set; always from the same seed. */
export const RUNS: { readonly seed: number; readonly numRuns: number } = {
  seed: 20_260_801,
  numRuns: process.env['PVEVM_TEST_LONG'] === undefined ? 25 : 1000,
};
