import { afterAll, beforeAll, expect, it } from 'vitest';
import { createVirtualClock } from '../../../src/sandbox/virtual-clock.ts';
import { type Api, startApi } from '../api.ts';

// Tasks end when they are told to, however slow the machine is.
const clock = createVirtualClock();

let api: Api;
let upid = '';
beforeAll(async () => {
  api = await startApi({ taskTimeMs: 30, clock });
  upid = String(await api.data('POST', '/nodes/pve1/qemu', { vmid: 100 }));
});
afterAll(() => api.sandbox.close());

it('returns a task at once, which runs and then stops with an exit status', async () => {
  expect(upid).toMatch(/^UPID:pve1:[0-9A-F]{8}:[0-9A-F]{8}:[0-9A-F]{8}:qmcreate:100:root@pam!sandbox:$/);
  const path = `/nodes/pve1/tasks/${encodeURIComponent(upid)}`;
  expect(await api.data('GET', `${path}/status`)).toMatchObject({ status: 'running', type: 'qmcreate', id: '100' });
  expect(await api.data('GET', `${path}/log`)).toEqual([{ n: 1, t: 'no content' }]);
  expect(await api.data('GET', '/nodes/pve1/qemu/100/config')).toMatchObject({ lock: 'create' });
  await clock.advance(30);
  await api.sandbox.settled();
  expect(await api.data('GET', `${path}/status`)).toMatchObject({
    ...{ upid, node: 'pve1', user: 'root@pam', tokenid: 'sandbox', status: 'stopped', exitstatus: 'OK' },
  });
  expect((await api.call('GET', `${path}/log`)).body).toEqual({ data: [{ n: 1, t: 'TASK OK' }], total: 1 });
});

it('ends a failed task with its error, in status and log', async () => {
  const failed = String(await api.data('PUT', '/nodes/pve1/qemu/100/resize', { disk: 'scsi9', size: '+1G' }));
  await clock.advance(30);
  await api.sandbox.settled();
  const path = `/nodes/pve1/tasks/${failed}`;
  const { exitstatus } = (await api.data('GET', `${path}/status`)) as { exitstatus: string };
  expect(exitstatus).toMatch(/scsi9.*exist/);
  const log = (await api.data('GET', `${path}/log`)) as readonly { t: string }[];
  expect(log.at(-1)?.t).toBe(`TASK ERROR: ${exitstatus}`);
});

it('does not know a task on another node', async () => {
  const elsewhere = await api.call('GET', `/nodes/pve2/tasks/${upid}/status`);
  expect([elsewhere.status, elsewhere.body.errors]).toEqual([400, { upid: 'no such task' }]);
  expect(await api.data('GET', `/nodes/pve2/tasks/${upid}/log`)).toEqual([
    { n: 1, t: 'unable to open file - No such file or directory' },
  ]);
});

it('lists tasks of a node, newest first, with the exit status as status', async () => {
  const { body } = await api.call('GET', '/nodes/pve1/tasks', { limit: 1 });
  expect(body.total).toBe(2);
  expect(body.data).toMatchObject([{ type: 'resize' }]);
  expect(await api.data('GET', '/nodes/pve1/tasks', { typefilter: 'qmcreate' })).toMatchObject([
    { upid, status: 'OK' },
  ]);
  expect(await api.data('GET', '/nodes/pve1/tasks', { source: 'active' })).toEqual([]);
  expect((await api.call('GET', '/nodes/pve2/tasks')).body).toEqual({ data: [] });
});
