import { afterEach, beforeEach, expect, it } from 'vitest';
import type { ApplyEvent } from '../../../src/core/event.ts';
import type { PveClient } from '../../../src/pve/reader.ts';
import { type Harness, startHarness } from '../../harness.ts';
import { powerOf } from '../../requirements/guests.ts';

let harness: Harness;
beforeEach(async () => {
  harness = await startHarness({ taskTimeMs: 5 });
});
afterEach(() => harness.close());

const WEB = 'kind: vm\nname: web-01\nnode: pve1\nha: false\n';

/** Sends each start after one that somebody else sends, whose task has not begun its work by then. */
function startingFirst({ pve }: Harness): PveClient {
  return {
    ...pve,
    async post(path, options) {
      if (path.endsWith('/status/start')) await pve.post(path, options);
      return await pve.post(path, options);
    },
  };
}

it('R-6: a guest that another run has started meanwhile runs as it should, and the step says so', async () => {
  await harness.apply(WEB);
  const events: ApplyEvent[] = [];
  const plan = await harness.plan(`${WEB}power: running\n`);
  const result = await harness.run(plan, (event) => events.push(event), undefined, startingFirst(harness));
  expect(result).toMatchObject({ outcome: 'ok', errors: [] });
  expect(await powerOf(harness, 101)).toBe('running');
  const finished = events.flatMap((event) => (event.type === 'step.finished' ? [event] : []));
  expect(finished.at(-1)).toMatchObject({ outcome: 'ok', warnings: ['somebody else has started it meanwhile'] });
});

it('R-25: a start that fails for another reason fails at once', async () => {
  await harness.apply(WEB);
  const plan = await harness.plan(`${WEB}power: running\n`);
  harness.sandbox.failNext('POST /nodes/*/qemu/*/status/start task-error="start failed: no such device"');
  const result = await harness.run(plan);
  expect(result).toMatchObject({ outcome: 'failed', errors: [{ code: 'TASK_FAILED' }] });
});
