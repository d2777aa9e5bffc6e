import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { isConfigField } from '../../../src/core/field.ts';
import type { JsonObject } from '../../../src/core/json.ts';
import { valueAt } from '../../../src/core/resource.ts';
import { vmFields } from '../../../src/generated/fields/vm.ts';
import { createFieldTree, fieldValues } from '../../../src/kinds/vm/field-values.ts';
import { placesOfField } from '../../../src/spec/field-places.ts';
import { loadOne } from '../../spec/load-text.ts';

const FULL = readFileSync(join(import.meta.dirname, '../../../examples/full.yaml'), 'utf8');
const MANAGED = vmFields.filter(isConfigField);
const tree = createFieldTree(MANAGED);
const found = (spec: JsonObject) => fieldValues(spec, tree).map(({ path, slot, value }) => [path, slot, value]);

it('finds a value in each slot, in the order of the fields', () => {
  expect(found({ disks: { scsi1: { size: '8GiB' }, scsi0: { ssd: true } }, name: 'web' })).toEqual([
    ['name', undefined, 'web'],
    ['disks.scsi1', 'scsi1', { size: '8GiB' }],
    ['disks.scsi0', 'scsi0', { ssd: true }],
    ['disks.scsi1.size', 'scsi1', '8GiB'],
    ['disks.scsi0.ssd', 'scsi0', true],
  ]);
});

it('a group that is null is null in each of its fields, a device that is null is gone, and slots that are null say nothing', () => {
  const paths = (spec: JsonObject): readonly unknown[] => fieldValues(spec, tree).map(({ path }) => path);
  const ofCpu = MANAGED.map(({ path }) => path).filter((path) => /^cpu\.[^*]*$/.test(path));
  expect(ofCpu.length).toBeGreaterThan(5);
  expect(paths({ cpu: null })).toEqual(ofCpu);
  expect(found({ disks: { scsi0: null } })).toEqual([['disks.scsi0', 'scsi0', null]]);
  expect(paths({ disks: null, network: null })).toEqual([]);
});

it('finds every value of a whole document once, and says where it stands', async () => {
  const { spec } = await loadOne(FULL);
  const values = fieldValues(spec, tree);
  for (const { pointer, value, path, device } of values) {
    expect(valueAt(spec, pointer)).toEqual(value);
    expect(`/${path.replaceAll('.', '/')}`).toBe(pointer);
    expect(pointer.startsWith(device)).toBe(true);
  }
  const expected = MANAGED.flatMap((field) =>
    placesOfField(spec, field, 'filled')
      .filter(({ parent, key }) => parent[key] !== undefined)
      .map(({ pointer }) => pointer),
  );
  expect(values.length).toBeGreaterThan(50);
  expect(values.map(({ pointer }) => pointer)).toEqual(expected);
});
