import { expect, it } from 'vitest';
import type { PveClient } from '../../src/pve/reader.ts';
import { startHarness } from '../harness.ts';
import { destroyByHand } from '../requirements/guests.ts';

it('R-54: a guest that takes the place of one that this run has just made is not written to', async () => {
  const harness = await startHarness();
  const { pve } = harness;
  let config: string | undefined;
  const get: PveClient['get'] = async (path, options) => {
    if (path.endsWith('/pending') && config === undefined) {
      config = '';
      await destroyByHand(harness, 101);
      await pve.post('/nodes/pve1/qemu', { params: { vmid: 101, name: 'mine' } });
      await harness.sandbox.settled();
      config = harness.sandbox.guestConfig(101);
    }
    return await pve.get(path, options);
  };
  try {
    const plan = await harness.plan('kind: vm\nname: once\nnode: pve1\nha: false\n');
    const result = await harness.run(plan, undefined, undefined, { ...pve, get });
    expect(config).toContain('name: mine');
    expect(harness.sandbox.guestConfig(101)).toBe(config);
    expect(result.errors[0]).toMatchObject({ code: 'STALE' });
    expect(result.errors[0]?.message).toContain('guest 101 is another guest than the one that this run has made');
  } finally {
    await harness.close();
  }
});
