import { expect, it } from 'vitest';
import { trackTasks } from '../../../src/cli/run/track-tasks.ts';
import type { PveClient } from '../../../src/pve/reader.ts';

const upid = (id: number): string => `UPID:pve1:000003E8:00000001:6B013CD5:qmstart:${id}:root@pam!ci:`;

function client(answers: readonly unknown[]): PveClient {
  const left = [...answers];
  const answer = async (): Promise<unknown> => left.shift();
  return {
    endpoint: 'https://a',
    user: 'b',
    get: answer,
    post: answer,
    put: answer,
    delete: answer,
    close: async () => undefined,
  };
}

it('R-28: knows the tasks that nobody has seen end', async () => {
  const answers = [upid(1), upid(2), upid(3), null, { status: 'running' }, { status: 'stopped' }];
  const tracker = trackTasks(client(answers));
  await tracker.client.post('/a');
  await tracker.client.put('/a');
  await tracker.client.delete('/a');
  await tracker.client.put('/a');
  const read = (id: number) => tracker.client.get('/nodes/{node}/tasks/{upid}/status', { path: { upid: upid(id) } });
  await read(1);
  await read(2);
  expect(tracker.running()).toEqual([upid(1), upid(3)]);
});

it('R-28: knows the requests that were sent and are not answered, until they are or have failed', async () => {
  const ends: ((answer: Promise<unknown>) => void)[] = [];
  const send = (): Promise<unknown> => new Promise((end) => ends.push(end));
  const { client: tracked, unanswered } = trackTasks({ ...client([]), post: send, put: send, delete: send });
  const path = { node: 'pve1', vmid: 101 };
  const writes = [
    tracked.post('/nodes/{node}/qemu/{vmid}/status/start', { path }),
    tracked.put('/nodes/{node}/qemu/{vmid}/config', { path }),
    tracked.delete('/nodes/{node}/qemu/{vmid}', { path }),
  ];
  expect(unanswered()).toEqual([
    'POST /nodes/pve1/qemu/101/status/start',
    'PUT /nodes/pve1/qemu/101/config',
    'DELETE /nodes/pve1/qemu/101',
  ]);
  ends[0]?.(Promise.resolve(null));
  ends[1]?.(Promise.reject(new Error('reset')));
  await Promise.allSettled(writes.slice(0, 2));
  expect(unanswered()).toEqual(['DELETE /nodes/pve1/qemu/101']);
  ends[2]?.(Promise.resolve(null));
  await Promise.all(writes.slice(2));
  expect(unanswered()).toEqual([]);
});

it('R-28: a task goes on that was only asked for its log, and one that somebody else has started is none of ours', async () => {
  const tracker = trackTasks(client([upid(1), [{ n: 1, t: 'working' }], { status: 'stopped' }]));
  await tracker.client.post('/a');
  await tracker.client.get('/nodes/{node}/tasks/{upid}/log', { path: { upid: upid(1) } });
  await tracker.client.get('/nodes/{node}/tasks/{upid}/status', { path: { upid: upid(9) } });
  expect(tracker.running()).toEqual([upid(1)]);
});
