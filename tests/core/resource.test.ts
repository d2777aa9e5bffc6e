import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { JsonObject } from '../../src/core/json.ts';
import { valueAt } from '../../src/core/resource.ts';
import { childPointer } from '../../src/spec/pointer.ts';

it('gives the value of a spec at a pointer, and the spec itself at the empty one', () => {
  const spec = { disks: { scsi0: { size: '8GiB' } }, tags: ['a', 'b'], power: null };
  expect(valueAt(spec, '')).toBe(spec);
  expect(valueAt(spec, '/disks/scsi0/size')).toBe('8GiB');
  expect(valueAt(spec, '/tags/1')).toBe('b');
  expect(valueAt(spec, '/power')).toBeNull();
  for (const pointer of ['/cpu', '/cpu/cores', '/power/state', '/disks/scsi1/size', '/disks/']) {
    expect(valueAt(spec, pointer)).toBeUndefined();
  }
});

it('finds every value of a map, whatever its keys are', () => {
  fc.assert(
    fc.property(fc.array(fc.string(), { maxLength: 5 }), fc.integer(), (keys, leaf) => {
      const spec = keys.reduceRight<unknown>((below, key) => Object.fromEntries([[key, below]]), leaf);
      const pointer = keys.reduce((above, key) => childPointer(above, key), '');
      expect(valueAt(spec as JsonObject, pointer)).toBe(leaf);
    }),
    { seed: 1 },
  );
});
