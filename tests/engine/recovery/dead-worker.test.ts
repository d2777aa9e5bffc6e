import { afterEach, beforeEach, describe, expect, it } from 'vitest';
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

describe('R-29: any other task whose worker died without having done its work', () => {
  const died = 'It ended without a word, as where its worker is killed or its node restarts.';

  it('says to look at the guest, and that the next run goes on from what is there', async () => {
    await harness.apply(WEB);
    const bigger = `${WEB}disks: { scsi0: { size: 64GiB } }\n`;
    harness.sandbox.failNext({ method: 'PUT', path: '/nodes/pve1/qemu/101/resize', worker: 'dies-before' });
    const result = await harness.run(await harness.plan(bigger));
    expect(result).toMatchObject({
      outcome: 'failed',
      errors: [
        {
          ...{ code: 'TASK_FAILED', message: 'task resize of 101 on pve1 failed: unexpected status' },
          details: [died],
          hints: ['Look at guest 101 on pve1, and run the command again: it goes on from what is there.'],
        },
      ],
    });
    expect((await harness.run(await harness.plan(bigger))).outcome).toBe('ok');
    expect((await harness.plan(bigger)).resources[0]?.steps).toEqual([]);
  });

  it('of one that did its work nothing is said but that', async () => {
    await harness.apply(WEB);
    harness.sandbox.failNext({ method: 'PUT', path: '/nodes/pve1/qemu/101/resize', worker: 'dies-after' });
    const warnings: string[] = [];
    const plan = await harness.plan(`${WEB}disks: { scsi0: { size: 64GiB } }\n`);
    const result = await harness.run(plan, (event) => {
      if (event.type === 'step.finished') warnings.push(...event.warnings);
    });
    expect([result.outcome, warnings]).toEqual([
      'ok',
      ['its task could not be followed to its end; it was found done'],
    ]);
  });
});
