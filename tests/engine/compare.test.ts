import { expect, it } from 'vitest';
import type { Field } from '../../src/core/field.ts';
import type { Json } from '../../src/core/json.ts';
import { compare } from '../../src/engine/compare.ts';
import type { LiveState, ManagedValue } from '../../src/kinds/kind.ts';
import { decodeVm } from '../../src/kinds/vm/live.ts';

function managed(field: Partial<Field>, key: string, value: Json | undefined): ManagedValue {
  const path = `${key}.${field.sub ?? 'value'}`;
  const whole: Field = { path, key, class: 'P', description: '', ...field };
  return {
    ...{ path, key, field: whole, value, origin: 'vm.yaml:1:1', builtIn: false },
    ...(field.sub === undefined ? {} : { sub: field.sub }),
  };
}

function live(current: Readonly<Record<string, string>>, pending = current, running = false): LiveState {
  const hotplug = new Set(['disk', 'network', 'usb']);
  return { current: new Map(Object.entries(current)), pending: new Map(Object.entries(pending)), running, hotplug };
}

const ENABLED: Partial<Field> = { sub: 'enabled', codec: 'boolean', absent: false };
const CORES: Partial<Field> = { codec: 'integer', absent: 1 };

it('R-8: a text that cannot be taken apart is no absence, but differs from every value', () => {
  const [change] = compare([managed(ENABLED, 'agent', false)], live({ agent: '1,type=' }), decodeVm);
  expect(change).toMatchObject({ before: '1,type=', after: false, state: 'change' });
});

it('R-8: a text that a codec cannot read differs, and is shown as it is', () => {
  const [change] = compare([managed(CORES, 'cores', 1)], live({ cores: 'many' }), decodeVm);
  expect(change).toMatchObject({ before: 'many', after: 1 });
});

it('R-55: absence and the value that means it agree on both sides', () => {
  expect(compare([managed(CORES, 'cores', 1)], live({}), decodeVm)).toEqual([]);
  expect(compare([managed(CORES, 'cores', undefined)], live({ cores: '1' }), decodeVm)).toEqual([]);
  expect(compare([managed(CORES, 'cores', undefined)], live({ cores: '2' }), decodeVm)).toHaveLength(1);
});

it.each([
  [2, '1', '2', { state: 'pending', before: 1 }],
  [1, '1', '2', { state: 'change', before: 2, withdraws: true }],
  [3, '1', '2', { state: 'change', before: 1, note: expect.stringContaining('replaces 2, which is pending') }],
])('R-15: %d is compared with %s, which runs, and %s, which is pending', (wanted, current, pending, expected) => {
  const state = live({ cores: current }, { cores: pending }, true);
  expect(compare([managed(CORES, 'cores', wanted)], state, decodeVm)).toMatchObject([expected]);
});
