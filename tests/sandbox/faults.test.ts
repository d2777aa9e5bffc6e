import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createPveClient } from '../../src/pve/client.ts';
import { systemClock } from '../../src/pve/clock.ts';
import type { PveClient } from '../../src/pve/reader.ts';
import { parseFault, readFaults } from '../../src/sandbox/index.ts';
import { type Api, startApi } from './api.ts';

let api: Api;
let pve: PveClient;

beforeAll(async () => {
  api = await startApi({ world: 'cluster' });
  pve = createPveClient({
    endpoint: api.sandbox.endpoint,
    credentials: { type: 'token', token: api.sandbox.token },
    trust: { ca: api.sandbox.ca },
    clock: { ...systemClock, sleep: (milliseconds) => systemClock.sleep(Math.min(milliseconds, 5)) },
  });
});
afterEach(() => api.sandbox.clearFaults());
afterAll(async () => {
  await pve.close();
  await api.sandbox.close();
});

const pools = async (): Promise<readonly string[]> =>
  ((await api.data('GET', '/pools')) as readonly { poolid: string }[]).map(({ poolid }) => poolid);

/** Starts a task by a call, and gives its end back. */
async function taskOf(method: string, path: string, params?: object): Promise<{ exit: unknown; log: string }> {
  const upid = String(await api.data(method, path, params));
  await api.sandbox.settled();
  const place = `/nodes/${upid.split(':')[1]}/tasks/${encodeURIComponent(upid)}`;
  const { exitstatus } = (await api.data('GET', `${place}/status`)) as { exitstatus?: unknown };
  return { exit: exitstatus, log: JSON.stringify(await api.data('GET', `${place}/log`)) };
}

describe('a fault', () => {
  it('answers with the rule’s status and message, without the effect, so many times', async () => {
    api.sandbox.failNext({ method: 'POST', path: '/pools', status: 503, message: 'try later', times: 2 });
    const answers = [];
    for (let index = 0; index < 3; index += 1) answers.push((await api.call('POST', '/pools', { poolid: 'a' })).status);
    expect(answers).toEqual([503, 503, 200]);
  });

  it('answers with a status after the effect', async () => {
    api.sandbox.failNext('POST /pools status=596 after=effect');
    expect((await api.call('POST', '/pools', { poolid: 'after' })).status).toBe(596);
    expect(await pools()).toContain('after');
  });

  it('cuts the connection before the effect', async () => {
    api.sandbox.failNext({ path: /^\/pools$/, method: 'POST', dropBefore: true });
    await expect(pve.post('/pools', { params: { poolid: 'b' } })).rejects.toMatchObject({ code: 'CONNECT' });
    expect(await pools()).not.toContain('b');
  });

  it('cuts the connection after the effect', async () => {
    api.sandbox.failNext('POST /pools drop=after');
    await expect(pve.post('/pools', { params: { poolid: 'c' } })).rejects.toMatchObject({ code: 'CONNECT' });
    expect(await pools()).toContain('c');
  });

  it('only delays where it says nothing else', async () => {
    api.sandbox.failNext('GET /version delay=60ms');
    const start = performance.now();
    expect((await api.call('GET', '/version')).status).toBe(200);
    expect(performance.now() - start).toBeGreaterThan(50);
  });

  it('lets a task fail with its text, and without its work', async () => {
    api.sandbox.failNext('POST /nodes/*/qemu/*/status/start task-error="got no worker upid"');
    const { exit, log } = await taskOf('POST', '/nodes/pve3/qemu/102/status/start');
    expect(exit).toBe('got no worker upid');
    expect(log).toContain('TASK ERROR: got no worker upid');
    expect(await api.data('GET', '/nodes/pve3/qemu/102/status/current')).toMatchObject({ status: 'stopped' });
  });

  it.each([
    ['dies-before', 'unexpected status', 'lock: create\n'],
    ['dies-after', 'unexpected status', 'name: made'],
  ])('kills the worker of a task, which leaves what it had done: %s', async (fate, status, left) => {
    api.sandbox.failNext(`POST /nodes/*/qemu worker=${fate}`);
    const vmid = fate === 'dies-before' ? 720 : 721;
    const { exit, log } = await taskOf('POST', '/nodes/pve1/qemu', { vmid, name: 'made' });
    expect(exit).toBe(status);
    expect(log).not.toContain('TASK');
    expect(api.sandbox.guestConfig(vmid)).toContain(left);
  });

  it('forgets a task once it has ended', async () => {
    api.sandbox.failNext('POST /nodes/*/qemu worker=is-forgotten');
    const upid = String(await api.data('POST', '/nodes/pve1/qemu', { vmid: 722, name: 'made' }));
    const status = `/nodes/pve1/tasks/${encodeURIComponent(upid)}/status`;
    await api.sandbox.settled();
    expect((await api.call('GET', status)).body.errors).toEqual({ upid: 'no such task' });
    expect(api.sandbox.guestConfig(722)).toContain('name: made');
  });

  it.each([
    ['POST', '/nodes/pve1/qemu', { vmid: 710, scsi0: 'ceph-pool:1' }],
    ['POST', '/nodes/pve1/qemu/104/clone', { newid: 710, full: 1 }],
  ])('lets a task that makes a guest fail, and leaves nothing of it: %s %s', async (method, path, params) => {
    api.sandbox.failNext(`${method} ${path} task-error=boom`);
    expect((await taskOf(method, path, params)).exit).toBe('boom');
    expect(api.sandbox.guestConfig(710)).toBeUndefined();
  });

  it('lets a task fail, and leaves the guest that was there', async () => {
    api.sandbox.failNext('DELETE /nodes/*/qemu/* task-error=boom');
    expect((await taskOf('DELETE', '/nodes/pve3/qemu/103')).exit).toBe('boom');
    expect(api.sandbox.guestConfig(103)).toContain('lock: backup');
  });

  it('lets a task warn, and do its work', async () => {
    api.sandbox.failNext('POST /nodes/*/qemu/*/status/start task-warning="no swtpm" task-warning="no vhost"');
    const { exit, log } = await taskOf('POST', '/nodes/pve3/qemu/102/status/start');
    expect(exit).toBe('WARNINGS: 2');
    expect(log).toContain('WARN: no swtpm');
    expect(await api.data('GET', '/nodes/pve3/qemu/102/status/current')).toMatchObject({ status: 'running' });
  });

  it('holds a lock for a while', async () => {
    api.sandbox.failNext('PUT /nodes/pve1/qemu/104/config lock=backup lock-time=30ms');
    const refused = await api.call('PUT', '/nodes/pve1/qemu/104/config', { name: 'x' });
    expect(refused.body.message).toBe('VM is locked (backup)\n');
    await expect
      .poll(async () => (await api.call('PUT', '/nodes/pve1/qemu/104/config', { name: 'x' })).status)
      .toBe(200);
  });

  it('shows stale resources', async () => {
    const before = await pve.get('/cluster/resources', { query: { type: 'vm' } });
    await api.data('POST', '/nodes/pve1/qemu', { vmid: 700 });
    await api.sandbox.settled();
    api.sandbox.failNext('GET /cluster/resources stale');
    expect(await pve.get('/cluster/resources', { query: { type: 'vm' } })).toHaveLength(
      (before as readonly unknown[]).length,
    );
    expect(JSON.stringify(await pve.get('/cluster/resources', { query: { type: 'vm' } }))).toContain('qemu/700');
  });

  it('makes a storage too full for what a request allocates', async () => {
    api.sandbox.failNext('POST /nodes/pve1/qemu storage-full=ceph-pool');
    const { exit } = await taskOf('POST', '/nodes/pve1/qemu', { vmid: 701, scsi0: 'ceph-pool:1' });
    expect(String(exit)).toContain('No space left on device');
    expect(api.sandbox.guestConfig(701)).toBeUndefined();
  });

  it('takes a node down until the faults are cleared', async () => {
    api.sandbox.failNext('GET /version node-down=pve4');
    await api.call('GET', '/version');
    await expect(pve.get('/nodes/pve4/storage')).rejects.toMatchObject({ code: 'CONNECT' });
    api.sandbox.clearFaults();
    expect((await api.call('GET', '/nodes/pve4/storage')).status).toBe(200);
  });

  it('lets a ticket expire, and leaves tokens alone', async () => {
    const login = (await api.data('POST', '/access/ticket', { username: 'root@pam', password: 'sandbox' })) as {
      ticket: string;
    };
    api.sandbox.failNext('/nodes ticket-expired');
    expect((await api.call('GET', '/nodes')).status).toBe(200);
    const authorization = `PVEAuthCookie=${encodeURIComponent(login.ticket)}`;
    const statuses = [];
    for (let index = 0; index < 2; index += 1)
      statuses.push((await api.raw('GET', '/api2/json/nodes', { authorization })).status);
    expect(statuses).toEqual([401, 200]);
  });

  it('takes the id that a request asks for', async () => {
    api.sandbox.failNext('POST /nodes/*/qemu id-taken');
    const { status, body } = await api.call('POST', '/nodes/pve1/qemu', { vmid: 702 });
    expect({ status, message: body.message }).toEqual({
      status: 500,
      message: "unable to create VM 702 - VM 702 already exists on node 'pve1'\n",
    });
  });

  it('strikes as often as its probability says, and the same with the same seed', async () => {
    const runs = [];
    for (let run = 0; run < 2; run += 1) {
      const other = await startApi({ seed: 5, faults: ['GET /version status=500 probability=0.5'] });
      const statuses = [];
      for (let index = 0; index < 20; index += 1) statuses.push((await other.call('GET', '/version')).status);
      await other.sandbox.close();
      runs.push(statuses);
    }
    expect(runs[0]).toEqual(runs[1]);
    expect(new Set(runs[0])).toEqual(new Set([200, 500]));
  });
});

describe('a rule', () => {
  it('names a method in small letters, too', () => {
    expect(parseFault('post /pools')).toEqual({ method: 'POST', path: '/pools' });
  });

  it('says what a word takes', () => {
    expect(() => parseFault('GET /x delay=5')).toThrow(
      expect.objectContaining({ hints: [expect.stringContaining('500ms')] }),
    );
    expect(() => parseFault('GET /x dealy=5s')).toThrow(
      expect.objectContaining({ hints: [expect.stringContaining('delay')] }),
    );
  });

  it('in a map may say no', () => {
    expect(readFaults([{ path: '/x', stale: false, status: 500 }])).toEqual([{ path: '/x', status: 500 }]);
  });

  it('matches any one part of a path with *, and any number of them with **', async () => {
    api.sandbox.failNext('GET /nodes/* status=500 count=9');
    expect((await api.call('GET', '/nodes/pve1/status')).status).toBe(200);
    api.sandbox.failNext('GET /nodes/** status=500');
    expect((await api.call('GET', '/nodes/pve1/status')).status).toBe(500);
  });

  it('is a text, or a map in a file', () => {
    const fault = { method: 'POST', path: '/pools', status: 596, times: 2, after: 'effect' };
    expect(parseFault('POST /pools status=596 count=2 after=effect')).toEqual(fault);
    const content = {
      faults: ['POST /pools status=596 count=2 after=effect', { path: '/x', 'task-warning': ['a', 'b'] }],
    };
    expect(readFaults(content)).toEqual([fault, { path: '/x', taskWarnings: ['a', 'b'] }]);
  });

  it.each([
    ['POST /pools statsu=500', "'statsu' is not known"],
    ['POST /pools status=many', "'status' cannot be 'many'"],
    ['GET /pools delay=5', "'delay' cannot be '5'"],
    ['GET /pools count=1.5', "'count' cannot be '1.5'"],
    ['GET /pools count=0', "'count' cannot be '0'"],
    ['GET /pools status=200', "'status' cannot be '200'"],
    ['GET /pools status=500.5', "'status' cannot be '500.5'"],
    ['GET /pools probability=2', "'probability' cannot be '2'"],
    ['', 'it is empty'],
  ])('that reads %s is refused', (text, problem) => {
    expect(() => parseFault(text)).toThrow(problem);
  });
});

it('keeps what was asked, in order, with the status of each answer', async () => {
  const before = api.sandbox.requests.length;
  await api.call('PUT', '/pools/c', { comment: 'x' });
  await api.call('GET', '/pools/nope');
  expect(api.sandbox.log.slice(before)).toEqual([
    { method: 'PUT', path: '/pools/c', params: { comment: 'x' }, status: 200 },
    { method: 'GET', path: '/pools/nope', params: {}, status: 500 },
  ]);
});
