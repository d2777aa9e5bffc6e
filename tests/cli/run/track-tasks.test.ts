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
