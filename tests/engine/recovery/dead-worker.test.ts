import { afterEach, beforeEach, expect, it } from 'vitest';
import { type Harness, startHarness } from '../../harness.ts';

let harness: Harness;
beforeEach(async () => {
  harness = await startHarness({ taskTimeMs: 5 });
});
afterEach(() => harness.close());

const WEB = 'kind: vm\nname: web-01\nnode: pve1\nha: false\n';

it('R-29: a create whose worker died names what it leaves, how that is removed, and that the next run takes another id', async () => {
  harness.sandbox.failNext({ method: 'POST', path: '/nodes/pve1/qemu', worker: 'dies-before' });
  const result = await harness.run(await harness.plan(WEB));
  expect(harness.sandbox.guestConfig(101)).toBe('lock: create\n');
  expect(result).toMatchObject({ outcome: 'failed', wrote: true, errors: [{ code: 'TASK_FAILED' }] });
  expect(result.errors[0]?.details).toEqual([
    'It ended without a word, as where its worker is killed or its node restarts.',
    'Guest 101 is left half-made, holds lock: create, and keeps that id from others.',
  ]);
  expect(result.errors[0]?.hints).toEqual([
    'Where nothing works on it any more, remove it with: qm unlock 101 && qm destroy 101',
    'Run the command again: it takes another id.',
  ]);
  expect((await harness.plan(WEB)).resources[0]).toMatchObject({ action: 'create', vmid: 102 });
});

it('R-29: where the document says the id, the left-over is to be removed first', async () => {
  harness.sandbox.failNext({ method: 'POST', path: '/nodes/pve1/qemu', worker: 'dies-before' });
  const result = await harness.run(await harness.plan(`${WEB}vmid: 120\n`));
  expect(result.errors[0]?.hints).toEqual([
    expect.stringContaining('qm unlock 120 && qm destroy 120'),
    'Then run the command again.',
  ]);
});
