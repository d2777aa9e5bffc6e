import { getEventListeners } from 'node:events';
import type { ServerResponse } from 'node:http';
import type { TLSSocket } from 'node:tls';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createDispatcher, type Dispatcher, type Exchange } from '../../../src/pve/connection/dispatcher.ts';
import { startHttpsServer, type TestServer } from '../https-server.ts';

const LONG = { 'keep-alive': 'timeout=600' };
let server: TestServer;
let connections: Dispatcher;
let seen: string[];
let held: ServerResponse[];
/** Of each request, whether its connection went on with the session of an earlier one. */
let resumed: boolean[];

beforeEach(async () => {
  seen = [];
  held = [];
  resumed = [];
  server = await startHttpsServer((request, response) => {
    const chunks: Buffer[] = [];
    resumed.push((request.socket as TLSSocket).isSessionReused());
    request.on('data', (chunk) => chunks.push(chunk));
    request.on('end', () => {
      seen.push(`${request.method} ${request.url} ${Buffer.concat(chunks)}`);
      if (request.url === '/hints') response.writeEarlyHints({ link: '</style.css>; rel=preload' });
      if (request.url === '/held') held.push(response);
      else if (request.url === '/begun') response.write('{"da');
      else if (request.url?.startsWith('/kept') === true)
        response
          .writeHead(200, { connection: 'keep-alive', ...(request.url === '/kept' ? {} : LONG) })
          .end('{"data":1}');
      else if (request.url === '/away') response.writeHead(302, { location: '/hints' }).end();
      else response.writeHead(200, 'as it is', { 'set-cookie': ['a=1', 'b=2'] }).end('{"data":"größer"}');
    });
  });
  connections = await createDispatcher({ trust: { ca: server.ca } });
});
afterEach(async () => {
  await connections.close();
  await server.close();
});

const exchange = (path: string, signal?: AbortSignal, body?: string, more: Partial<Exchange> = {}) =>
  connections.exchange(`${server.endpoint}${path}`, {
    ...{ method: body === undefined ? 'GET' : 'POST', headers: { accept: 'application/json' }, timeoutMs: 30_000 },
    ...(signal === undefined ? {} : { signal }),
    ...(body === undefined ? {} : { body }),
    ...more,
  });

it('gives status, reason, headers and the text of an answer', async () => {
  const answer = await exchange('/x?y=1', undefined, '{"a":"ü"}');
  expect(answer).toMatchObject({ status: 200, reason: 'as it is', body: '{"data":"größer"}' });
  expect([answer.header('set-cookie'), answer.header('location')]).toEqual(['a=1', undefined]);
  expect(seen).toEqual(['POST /x?y=1 {"a":"ü"}']);
});

it('takes what comes before the answer for none', async () => {
  expect(await exchange('/hints')).toMatchObject({ status: 200, body: '{"data":"größer"}' });
});

it('follows no redirect', async () => {
  const answer = await exchange('/away');
  expect([answer.status, answer.header('location')]).toEqual([302, '/hints']);
  expect(seen).toEqual(['GET /away ']);
});

it.each(['/held', '/begun'])('R-28: an aborted signal ends the wait for %s at once', async (path) => {
  const abort = new AbortController();
  const waiting = exchange(path, abort.signal);
  while (seen.length === 0) await new Promise((resolve) => setImmediate(resolve));
  abort.abort(new Error('enough'));
  await expect(waiting).rejects.toThrow('enough');
});

it('R-28: sends nothing once the signal is aborted, not even what waits for its connection', async () => {
  await expect(exchange('/x', AbortSignal.abort(new Error('enough')))).rejects.toThrow('enough');
  const abort = new AbortController();
  const waiting = exchange('/x', abort.signal);
  abort.abort(new Error('enough'));
  await expect(waiting).rejects.toThrow('enough');
  expect(await exchange('/y')).toMatchObject({ status: 200 });
  expect(seen).toEqual(['GET /y ']);
});

it('R-28: what is aborted while it waits for its answer lets go of its connection', async () => {
  const abort = new AbortController();
  const waiting = exchange('/held', abort.signal);
  while (held.length === 0) await new Promise((resolve) => setImmediate(resolve));
  const closed = new Promise((resolve) => held[0]?.once('close', resolve));
  abort.abort(new Error('enough'));
  await expect(waiting).rejects.toThrow('enough');
  await closed;
});

/** Lets so much time pass by the timers of this machine, with turns for what they do. */
async function idle(milliseconds: number): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
  vi.advanceTimersByTime(milliseconds);
  await new Promise((resolve) => setImmediate(resolve));
}

it.each(['/kept', '/kept-long'])(
  'sends nothing over a connection that was idle for so long that pveproxy may be closing it: %s',
  async (path) => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    try {
      await exchange(path);
      await idle(1000);
      await exchange(path);
      expect(server.serverNames).toHaveLength(1);
      await idle(4000);
      await exchange(path, undefined, '{}');
      expect(server.serverNames).toHaveLength(2);
    } finally {
      vi.useRealTimers();
    }
  },
);

it.each([
  [false, 'where its authority is known'],
  [true, 'but not where its fingerprint is pinned: it proves each time that it has the key'],
])('R-49: a server is greeted more shortly the second time: pinned %s, %s', async (isPinned) => {
  if (isPinned) {
    await connections.close();
    connections = await createDispatcher({ trust: { fingerprints: [server.fingerprint] } });
  }
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  try {
    await exchange('/kept');
    await idle(4000);
    await exchange('/kept');
    expect(resumed).toEqual([false, !isPinned]);
  } finally {
    vi.useRealTimers();
  }
});

it('ends with the connections', async () => {
  const waiting = exchange('/held');
  while (seen.length === 0) await new Promise((resolve) => setImmediate(resolve));
  const ended = expect(waiting).rejects.toThrow();
  await connections.close();
  await ended;
});

it.each(['/held', '/begun'])('R-24: a wait for %s ends after its time', async (path) => {
  await expect(exchange(path, undefined, undefined, { timeoutMs: 40 })).rejects.toMatchObject({ name: 'TimeoutError' });
  expect(await exchange('/y')).toMatchObject({ status: 200 });
});

it('R-24: one that was not sent in its time is never sent', async () => {
  const late = await createDispatcher({ trust: { ca: server.ca } });
  // Two turns of the event loop are too few for a connection.
  const waiting = late.exchange(`${server.endpoint}/x`, { method: 'POST', headers: {}, body: '{}', timeoutMs: 0 });
  await expect(waiting).rejects.toMatchObject({ name: 'TimeoutError' });
  await late.exchange(`${server.endpoint}/y`, { method: 'GET', headers: {}, timeoutMs: 30_000 });
  await late.close();
  expect(seen).toEqual(['GET /y ']);
});

it('rejects what cannot be sent, and leaves no timer and no listener', async () => {
  const { signal } = new AbortController();
  const timers = (): number => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;
  await exchange('/y', signal);
  const before = timers();
  await expect(exchange('/x', signal, undefined, { headers: { bad: 'a\nb' } })).rejects.toThrow();
  await expect(exchange('/x', AbortSignal.abort(new Error('enough')))).rejects.toThrow('enough');
  expect(timers()).toBeLessThanOrEqual(before);
  expect(getEventListeners(signal, 'abort')).toEqual([]);
});
