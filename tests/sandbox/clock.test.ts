import { expect, it } from 'vitest';
import { createRealClock } from '../../src/sandbox/clock.ts';
import { createVirtualClock } from '../../src/sandbox/index.ts';
import { startApi } from './api.ts';

it('a virtual clock wakes what sleeps in the order of its time, and stands still otherwise', async () => {
  const clock = createVirtualClock(1000);
  const woken: string[] = [];
  const sleeper = async (name: string, milliseconds: number): Promise<void> => {
    await clock.sleep(milliseconds);
    woken.push(`${name} at ${clock.now()}`);
    if (name === 'first') await sleeper('third', 5);
  };
  const sleepers = [sleeper('second', 20), sleeper('first', 10), sleeper('late', 100)];
  await clock.advance(50);
  expect(woken).toEqual(['first at 1010', 'third at 1015', 'second at 1020']);
  expect(clock.now()).toBe(1050);
  await clock.advance(50);
  expect(woken).toHaveLength(4);
  for (const each of sleepers) await each;
});

it('a task runs as long as the clock says', async () => {
  const clock = createVirtualClock();
  const api = await startApi({ clock, taskTimeMs: 60_000 });
  const upid = String(await api.data('POST', '/nodes/pve1/qemu', { vmid: 100 }));
  const status = `/nodes/pve1/tasks/${encodeURIComponent(upid)}/status`;
  await clock.advance(59_000);
  expect(await api.data('GET', status)).toMatchObject({ status: 'running' });
  await clock.advance(1000);
  expect(await api.data('GET', status)).toMatchObject({ status: 'stopped', exitstatus: 'OK' });
  await api.sandbox.close();
});

it('the resources of the cluster lag by what the clock says', async () => {
  const clock = createVirtualClock();
  const api = await startApi({ clock, resourcesLagMs: 10_000 });
  await api.data('POST', '/nodes/pve1/qemu', { vmid: 100, name: 'late' });
  await api.sandbox.settled();
  const seen = async (): Promise<unknown> => await api.data('GET', '/cluster/resources?type=vm');
  expect(await seen()).toMatchObject([{ vmid: 100, status: 'unknown' }]);
  await clock.advance(10_000);
  expect(await seen()).toMatchObject([{ vmid: 100, name: 'late', status: 'stopped' }]);
  await api.sandbox.close();
});

it('the guests that a world begins with were broadcast long before', async () => {
  const api = await startApi({ world: 'cluster', clock: createVirtualClock(), resourcesLagMs: 10_000 });
  expect(await api.data('GET', '/cluster/resources?type=vm')).toContainEqual(
    expect.objectContaining({ vmid: 100, name: 'web-01', status: 'running' }),
  );
  await api.sandbox.close();
});

it('a real clock can run faster than ours', async () => {
  const clock = createRealClock(1000);
  const start = performance.now();
  const before = clock.now();
  await clock.sleep(20_000);
  expect(performance.now() - start).toBeLessThan(1000);
  expect(clock.now() - before).toBeGreaterThanOrEqual(19_000);
});
