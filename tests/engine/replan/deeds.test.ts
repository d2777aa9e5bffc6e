import { expect, it } from 'vitest';
import type { Step } from '../../../src/core/step.ts';
import { newDeeds } from '../../../src/engine/replan/deeds.ts';

function step(parts: Partial<Step> & { readonly path?: string }): Step {
  const { path, ...rest } = parts;
  return {
    ...{ id: 'vm/web-01#1', resource: 'vm/web-01', title: 'a step', effect: 'none' },
    ...(path === undefined ? {} : { request: { method: 'POST', path, params: {} } }),
    await: { for: 'none', timeoutMs: 1000 },
    ...rest,
  };
}

const CONFIG = '/nodes/pve1/qemu/101/config';
const REBOOT = '/nodes/pve1/qemu/101/status/reboot';

it('a write that only waits for a restart takes nobody’s word, a restart does, though the document allows it', () => {
  expect(newDeeds([step({ effect: 'restart', path: CONFIG })], [])).toEqual([]);
  expect(newDeeds([step({ effect: 'restart', path: REBOOT })], [])).toEqual(['restart']);
  expect(newDeeds([step({ effect: 'restart', path: REBOOT })], [step({ effect: 'restart', path: REBOOT })])).toEqual(
    [],
  );
});

it('R-8: a volume that the first plan did not name is a new deed, beside others that it named', () => {
  const first = step({ effect: 'data-loss', removes: ['ceph-pool:vm-101-disk-1'] });
  const more = step({ effect: 'data-loss', removes: ['ceph-pool:vm-101-disk-1', 'ceph-pool:vm-101-disk-2'] });
  expect(newDeeds([more], [first])).toEqual(['removal of ceph-pool:vm-101-disk-2']);
  expect(newDeeds([first], [more])).toEqual([]);
});

it('a hard stop, a migration and becoming a template are told by their names', () => {
  const steps = [step({ effect: 'migrate' }), step({ effect: 'recreate' }), step({ needs: ['hard-stop'] })];
  expect(newDeeds(steps, [])).toEqual(['hard-stop', 'migrate', 'recreate']);
});
