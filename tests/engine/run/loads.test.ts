import { expect, it } from 'vitest';
import { createLoads, type Loads } from '../../../src/engine/run/loads.ts';

/** Steps of a run that are begun at once; each ends when it is told to. */
function begin(loads: Loads, signal?: AbortSignal) {
  const running: string[] = [];
  const ends = new Map<string, () => void>();
  const said = new Map<string, string[]>();
  const start = (name: string, ...wanted: readonly string[]): Promise<void> => {
    said.set(name, []);
    const onWait = (waitingFor: string): void => void said.get(name)?.push(waitingFor);
    return loads.during(wanted, signal === undefined ? { onWait } : { onWait, signal }, async () => {
      running.push(name);
      await new Promise<void>((resolve) => ends.set(name, resolve));
      running.splice(running.indexOf(name), 1);
    });
  };
  const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  const end = async (name: string): Promise<void> => {
    ends.get(name)?.();
    await settle();
  };
  return { start, end, settle, running, said };
}

const LIMITS = { node: 4, storage: 2 };

it('R-27: no more steps than a storage takes run at a time, in the order in which they came', async () => {
  const { start, end, settle, running } = begin(createLoads(LIMITS));
  const all = ['a', 'b', 'c', 'd'].map((name) => start(name, 'node:pve1', 'storage:ceph-pool'));
  await settle();
  expect(running).toEqual(['a', 'b']);
  await end('b');
  expect(running).toEqual(['a', 'c']);
  for (const name of ['a', 'c', 'd']) await end(name);
  await Promise.all(all);
  expect(running).toEqual([]);
});

it('R-27: says what is waited for and how many are before, each time that changes', async () => {
  const { start, end, settle, said } = begin(createLoads(LIMITS));
  const all = ['a', 'b', 'c', 'd'].map((name) => start(name, 'storage:local-lvm@pve1'));
  await settle();
  for (const name of ['a', 'b', 'c', 'd']) await end(name);
  await Promise.all(all);
  expect(said.get('a')).toEqual([]);
  expect(said.get('c')).toEqual(['storage local-lvm on pve1: 2 other steps']);
  expect(said.get('d')).toEqual([
    'storage local-lvm on pve1: 3 other steps',
    'storage local-lvm on pve1: 2 other steps',
  ]);
});

it('what wants something else is not held up, and what wants several things holds none of them while it waits', async () => {
  const { start, end, settle, running } = begin(createLoads({ node: 1, storage: 1 }));
  const all = [
    start('first', 'storage:a'),
    start('both', 'storage:a', 'storage:b'),
    start('other', 'storage:b'),
    start('else', 'storage:c'),
    start('light'),
  ];
  await settle();
  expect(running).toEqual(['light', 'first', 'other', 'else']);
  for (const name of ['other', 'first', 'both', 'else', 'light']) await end(name);
  await Promise.all(all);
});

it('nobody waits for ever: what somebody has waited for is not taken by one who came later', async () => {
  const { start, end, settle, running } = begin(createLoads({ storage: 1 }));
  const all = [start('a', 'storage:a'), start('both', 'storage:a', 'storage:b'), start('later', 'storage:a')];
  await settle();
  all.push(start('b', 'storage:b'));
  await settle();
  expect(running).toEqual(['a', 'b']);
  // Both waits for b by now, and keeps a for itself.
  await end('a');
  expect(running).toEqual(['b']);
  await end('b');
  expect(running).toEqual(['both']);
  await end('both');
  await end('later');
  await Promise.all(all);
});

it('a step that wants all the others’ things is never one half of a deadlock', async () => {
  const { start, end, settle, running } = begin(createLoads({ node: 1 }));
  const all = [start('there', 'node:a', 'node:b'), start('back', 'node:b', 'node:a')];
  await settle();
  expect(running).toEqual(['there']);
  await end('there');
  expect(running).toEqual(['back']);
  await end('back');
  await Promise.all(all);
});

it('a step that fails makes room again', async () => {
  const loads = createLoads({ storage: 1 });
  const options = { onWait: () => undefined };
  const failing = loads.during(['storage:a'], options, () => Promise.reject(new Error('full')));
  const next = loads.during(['storage:a'], options, async () => 'done');
  await expect(failing).rejects.toThrow('full');
  await expect(next).resolves.toBe('done');
});

it('R-28: an interrupt ends the wait, nothing of the step is done, and the running ones go on', async () => {
  const stop = new AbortController();
  const { start, end, settle, running } = begin(createLoads({ storage: 1 }), stop.signal);
  const first = start('first', 'storage:a');
  const second = start('second', 'storage:a');
  await settle();
  stop.abort();
  await expect(second).rejects.toMatchObject({
    code: 'INTERRUPTED',
    message: 'interrupted while waiting for storage a: 1 other step; nothing was sent',
  });
  expect(running).toEqual(['first']);
  await end('first');
  await first;
});

it('whoever ends the run when told of the wait disturbs nobody', async () => {
  const loads = createLoads({ storage: 1 });
  const stop = new AbortController();
  let free = (): void => undefined;
  const first = loads.during(
    ['storage:a'],
    { onWait: () => undefined },
    () => new Promise<void>((end) => (free = end)),
  );
  const onWait = (): void => stop.abort();
  const second = loads.during(['storage:a'], { onWait, signal: stop.signal }, async () => 'second');
  const third = loads.during(['storage:a'], { onWait: () => undefined }, async () => 'third');
  await expect(second).rejects.toMatchObject({ code: 'INTERRUPTED' });
  free();
  await first;
  await expect(third).resolves.toBe('third');
});

it('R-27: a step that goes on with nothing heavy makes room early, and once', async () => {
  const loads = createLoads(LIMITS);
  const running: string[] = [];
  const go = new Map<string, (() => void)[]>();
  const start = (name: string): Promise<void> =>
    loads.during(['storage:ceph-pool'], { onWait: () => undefined }, async (release) => {
      running.push(name);
      await new Promise<void>((resolve) => go.set(name, [release, release, resolve]));
      running.splice(running.indexOf(name), 1);
    });
  const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  const all = ['a', 'b', 'c', 'd'].map(start);
  await settle();
  expect(running).toEqual(['a', 'b']);
  go.get('a')?.[0]?.();
  go.get('a')?.[1]?.();
  await settle();
  expect(running).toEqual(['a', 'b', 'c']);
  go.get('a')?.[2]?.();
  await settle();
  expect(running).toEqual(['b', 'c']);
  for (const name of ['b', 'c', 'd']) {
    go.get(name)?.[2]?.();
    await settle();
  }
  await Promise.all(all);
  expect(running).toEqual([]);
});
