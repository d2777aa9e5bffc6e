import { describe, expect, it } from 'vitest';
import { PvevmError } from '../../../src/core/error.ts';
import type { Step, StepRequest } from '../../../src/core/step.ts';
import { createPatience } from '../../../src/engine/recovery/patience.ts';
import { type Prepared, sendSurely } from '../../../src/engine/recovery/send-surely.ts';
import type { Pending } from '../../../src/pve/cluster-rows.ts';
import type { PveClient } from '../../../src/pve/reader.ts';
import { createTaskWatch } from '../../../src/pve/task-watch.ts';
import { createFakeClock } from '../../pve/fake-clock.ts';

const GUEST = '/nodes/pve1/qemu/101';
const WRITE: StepRequest = { method: 'PUT', path: `${GUEST}/config`, params: { cores: 4, digest: 'one' } };
const IN_TASK: StepRequest = { ...WRITE, method: 'POST' };
const REBOOT: StepRequest = { method: 'POST', path: `${GUEST}/status/reboot`, params: {} };
const UPID = 'UPID:pve1:00000001:00000001:6B49D200:qmconfig:101:root@pam:';

const LOST = new PvevmError('CONNECT', 'the connection was reset');
const UNSENT = new PvevmError('CONNECT', 'no route to host', { status: 595 });
const BUSY = new PvevmError('BUSY', "can't lock file '/var/lock/qemu-server/lock-101.conf' - got timeout", {
  status: 500,
});
const STALE = new PvevmError('STALE', 'checksum mismatch (file change by other user?)', { status: 500 });
const FOUND_DONE = 'the answer was lost; it was found done';

type Items = Readonly<Record<string, string | number>>;

/** A cluster of one guest whose answers to writes are set one by one; what a write does beside that is up to it. */
function world(items: Items = { cores: 2 }) {
  const state = { digest: 'one', items, status: 'running', tasks: [] as unknown[], ends: 'OK' };
  const sent: StepRequest[] = [];
  const answers: (() => unknown)[] = [];
  const unsure: boolean[] = [];
  const clock = createFakeClock();
  const write =
    (method: StepRequest['method']): PveClient['post'] =>
    async (path, options) => {
      sent.push({ method, path, params: options?.params ?? {} } as StepRequest);
      const answer = answers.shift();
      if (answer === undefined) throw new Error('nobody expects this write');
      return answer();
    };
  const pve = {
    user: 'root@pam',
    answeredAt: () => 0x6b49d200 * 1000,
    get: async (path: string) => {
      if (path.endsWith('/pending'))
        return [
          { key: 'digest', value: state.digest },
          ...Object.entries(state.items).map(([key, value]) => ({ key, value })),
        ];
      if (path.endsWith('/status/current')) return { status: state.status, vmid: 101 };
      if (path.endsWith('/tasks')) return state.tasks;
      if (path.endsWith('/log')) return [{ n: 1, t: `TASK ${state.ends}` }];
      if (path.endsWith('/status')) return { status: 'stopped', exitstatus: state.ends };
      throw new Error(`nobody expects GET ${path}`);
    },
    post: write('POST'),
    put: write('PUT'),
    delete: write('DELETE'),
  } as unknown as PveClient;
  const fails = (error: unknown, deed: () => void = () => undefined): void =>
    void answers.push(() => {
      deed();
      throw error;
    });
  const succeeds = (answer: unknown = null): void => void answers.push(() => answer);
  /** Somebody writes the configuration. */
  const becomes = (digest: string, now: Items): void => void Object.assign(state, { digest, items: now });
  const patience = createPatience({
    ...{ clock, limitMs: 600_000, random: () => 0.5 },
    onWaiting: () => void unsure.push(patience.isUnsure),
  });
  const read = (): Pending => ({
    digest: state.digest,
    items: new Map(Object.entries(state.items).map(([key, value]) => [key, { value }])),
  });
  const send = async (
    request: StepRequest,
    prepare: () => Promise<Prepared> = async () => ({ request, before: read() }),
  ): Promise<readonly string[]> => {
    const step = { id: 'x#1', resource: 'vm/x', title: 'do it', effect: 'none', request } as const;
    const sending: Step = { ...step, await: { for: 'task', timeoutMs: 60_000 } };
    return await sendSurely(prepare, {
      ...{ step: sending, pve, reader: pve, clock, patience, node: 'pve1', vmid: 101, known: new Set<string>() },
      ...{ onProgress: () => undefined, tasks: createTaskWatch(clock) },
    });
  };
  return { state, sent, unsure, fails, succeeds, becomes, send, read };
}

describe('R-22: a write whose answer was lost', () => {
  it('is sent again with the very same parameters where it was not carried out, and nothing ends the wait', async () => {
    const { fails, succeeds, send, sent, unsure, read } = world();
    fails(LOST);
    succeeds();
    let times = 0;
    const prepare = async (): Promise<Prepared> => {
      times += 1;
      return { request: { ...WRITE, params: { ...WRITE.params, tags: `prepared ${times}` } }, before: read() };
    };
    expect(await send(WRITE, prepare)).toEqual([]);
    expect(sent.map(({ params }) => params)).toEqual(Array(2).fill({ ...WRITE.params, tags: 'prepared 1' }));
    expect(unsure.length).toBeGreaterThan(0);
    expect(new Set(unsure)).toEqual(new Set([true]));
  });

  it.each([
    ['busy', BUSY],
    ['away', UNSENT],
  ])('is found done though the server was %s in between, and it took effect late', async (_name, between) => {
    const { fails, send, sent, becomes } = world();
    fails(LOST);
    fails(between, () => becomes('two', { cores: 4 }));
    fails(STALE);
    expect(await send(WRITE)).toEqual([FOUND_DONE]);
    expect(sent).toHaveLength(3);
  });

  it('is found done where the look before the second one says that the guest has changed, by that very write', async () => {
    const ours = world();
    ours.fails(LOST);
    const prepared = { request: WRITE, before: ours.read() };
    let times = 0;
    const prepare = async (): Promise<Prepared> => {
      times += 1;
      if (times === 1) return prepared;
      ours.becomes('two', { cores: 4 });
      throw STALE;
    };
    expect(await ours.send(WRITE, prepare)).toEqual([FOUND_DONE]);
    expect(ours.sent).toHaveLength(1);
  });

  it.each([
    ['somebody else has changed it', { cores: 3 }, STALE],
    ['the look fails for another reason', { cores: 4 }, new PvevmError('PERMISSION', 'denied', { status: 403 })],
  ])('fails where %s, and is not sent again', async (_name, items, failure) => {
    const { fails, send, sent, becomes, read } = world();
    fails(LOST);
    const prepared = { request: WRITE, before: read() };
    let times = 0;
    const prepare = async (): Promise<Prepared> => {
      times += 1;
      if (times === 1) return prepared;
      becomes('two', items);
      throw failure;
    };
    await expect(send(WRITE, prepare)).rejects.toBe(failure);
    expect(sent).toHaveLength(1);
  });

  it('is never sent again where nobody can tell, and twice is not as once', async () => {
    const { fails, send, sent, state } = world();
    fails(LOST);
    state.status = 'stopped';
    await expect(send(REBOOT)).rejects.toMatchObject({ code: 'UNKNOWN_OUTCOME' });
    expect(sent).toHaveLength(1);
  });

  it('is not sent again where the guest shows that it was carried out: one restart is enough', async () => {
    const { fails, send, sent, state } = world();
    fails(LOST);
    state.status = 'running';
    expect(await send(REBOOT)).toEqual([FOUND_DONE]);
    expect(sent).toHaveLength(1);
  });

  it('is never sent again where the table does not know it', async () => {
    const { fails, send, sent } = world();
    fails(LOST);
    const reset: StepRequest = { method: 'POST', path: `${GUEST}/status/reset`, params: {} };
    await expect(send(reset)).rejects.toMatchObject({ code: 'UNKNOWN_OUTCOME' });
    expect(sent).toHaveLength(1);
  });

  it('is waited for where its task runs, though the clocks say that it began before, and done where that left it so', async () => {
    const early = UPID.replace('6B49D200', '6B49D100');
    for (const isDone of [true, false]) {
      const { fails, succeeds, send, sent, state, becomes } = world();
      fails(LOST, () => {
        state.tasks = [{ upid: early }];
        if (isDone) becomes('two', { cores: 4 });
      });
      succeeds();
      expect(await send(IN_TASK)).toEqual(isDone ? [FOUND_DONE] : []);
      // What is somebody else's leaves nothing of it: it is sent again.
      expect(sent).toHaveLength(isDone ? 1 : 2);
    }
  });
});

describe('R-19: a write that is refused for its digest', () => {
  it('is a conflict, whatever the configuration says, where it was sent once', async () => {
    const { fails, send, sent, becomes } = world();
    fails(STALE, () => becomes('two', { cores: 4 }));
    await expect(send(WRITE)).rejects.toBe(STALE);
    expect(sent).toHaveLength(1);
  });

  it('is sent again where nothing but a lock has come or gone', async () => {
    const { fails, succeeds, send, sent, becomes } = world();
    fails(STALE, () => becomes('two', { cores: 2, lock: 'backup' }));
    succeeds();
    expect(await send(WRITE)).toEqual([]);
    expect(sent).toHaveLength(2);
  });
});

describe('R-27: a task that failed for a busy storage', () => {
  const BUSY_TASK = "can't lock file '/var/lock/pve-manager/pve-storage-slow' - got timeout";

  it('is done again where the configuration is as before, and not where it has changed', async () => {
    for (const isChanged of [false, true]) {
      const { succeeds, send, sent, state, becomes } = world();
      state.ends = BUSY_TASK;
      succeeds(UPID);
      const begun = send(IN_TASK, async () => {
        // The second time it ends well.
        if (sent.length > 0) state.ends = 'OK';
        return { request: IN_TASK, before: { digest: 'one', items: new Map([['cores', { value: 2 }]]) } };
      });
      if (isChanged) becomes('two', { cores: 2, unused0: 'slow:vm-101-disk-3' });
      succeeds(UPID);
      if (isChanged) await expect(begun).rejects.toMatchObject({ code: 'TASK_FAILED' });
      else expect(await begun).toEqual([]);
      expect(sent).toHaveLength(isChanged ? 1 : 2);
    }
  });

  it('R-24: a task whose end nobody saw is done only where it has left what was asked for', async () => {
    for (const isDone of [true, false]) {
      const { succeeds, send, state, becomes } = world();
      state.ends = 'unexpected status';
      succeeds(UPID);
      const begun = send(IN_TASK);
      if (isDone) becomes('two', { cores: 4 });
      if (isDone) expect(await begun).toEqual(['its task could not be followed to its end; it was found done']);
      else await expect(begun).rejects.toMatchObject({ code: 'TASK_FAILED' });
    }
  });
});
