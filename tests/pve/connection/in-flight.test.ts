import { expect, it } from 'vitest';
import type { Credentials } from '../../../src/pve/authentication/credentials.ts';
import { createPveClient } from '../../../src/pve/client.ts';

const TOKEN = 'root@pam!test=12345678-1234-1234-1234-123456789abc';
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

interface Sent {
  readonly method: string;
  readonly signal: AbortSignal;
  answer(body?: string, init?: ResponseInit): void;
  fail(): void;
}

/** A client whose requests wait until they are answered by hand. */
function heldClient(options: { timeoutMs?: number; credentials?: Credentials } = {}) {
  const sent: Sent[] = [];
  const client = createPveClient({
    endpoint: 'https://pve.test:8006',
    credentials: { type: 'token', token: TOKEN },
    ...options,
    fetch: (_url, { method = 'GET', signal } = {}) =>
      new Promise((resolve, reject) => {
        signal?.addEventListener('abort', () => reject(signal.reason));
        if (signal?.aborted === true) reject(signal.reason);
        const answer = (body = '{"data":1}', init?: ResponseInit): void => resolve(new Response(body, init));
        const fail = (): void => reject(Object.assign(new Error('reset'), { code: 'ECONNRESET' }));
        sent.push({ method, signal: signal as AbortSignal, answer, fail });
      }),
  });
  return { client, sent };
}

it('R-52: of many reads 16 are on their way at a time, each next one as soon as one has ended', async () => {
  const { client, sent } = heldClient();
  const reads = Array.from({ length: 100 }, (_, index) => client.get(`/nodes/pve1/qemu/${100 + index}/pending`));
  await settle();
  let most = sent.length;
  for (let ended = 0; ended < reads.length; ended += 1) {
    sent[ended]?.answer();
    await settle();
    most = Math.max(most, sent.length - ended - 1);
  }
  expect(await Promise.all(reads)).toHaveLength(100);
  expect(most).toBe(16);
});

it('a write waits for no read', async () => {
  const { client, sent } = heldClient();
  const reads = Array.from({ length: 40 }, () => client.get('/version'));
  const write = client.post('/nodes/pve1/qemu/100/status/stop');
  await settle();
  expect(sent.map(({ method }) => method).filter((method) => method === 'POST')).toEqual(['POST']);
  sent.find(({ method }) => method === 'POST')?.answer();
  expect(await write).toBe(1);
  for (const read of reads) read.catch(() => undefined);
});

it('the time-out of a read counts from when it is sent, and not while it waits for others', async () => {
  const { client, sent } = heldClient({ timeoutMs: 60 });
  const reads = Array.from({ length: 17 }, () => client.get('/version'));
  await settle();
  await new Promise((resolve) => setTimeout(resolve, 40));
  for (const { answer } of sent.slice(0, 16)) answer();
  await settle();
  await new Promise((resolve) => setTimeout(resolve, 30));
  // It has waited for longer than a time-out by now.
  expect(sent[16]?.signal.aborted).toBe(false);
  sent[16]?.answer();
  expect(await Promise.all(reads)).toHaveLength(17);
});

it('an interrupted read ends at once, also where it was not sent yet', async () => {
  const { client } = heldClient();
  for (let index = 0; index < 16; index += 1) client.get('/version').catch(() => undefined);
  const interrupt = new AbortController();
  const waiting = client.get('/cluster/status', { signal: interrupt.signal });
  await settle();
  interrupt.abort();
  await expect(waiting).rejects.toMatchObject({ code: 'INTERRUPTED' });
});

it('reads that wait when the connection is closed are not sent', async () => {
  const { client, sent } = heldClient();
  const reads = Array.from({ length: 20 }, () => client.get('/version').then(String, (error) => error.code));
  await settle();
  await client.close();
  for (const { answer } of sent) answer();
  expect(await Promise.all(reads)).toEqual([...Array(16).fill('1'), ...Array(4).fill('INTERRUPTED')]);
  expect(sent).toHaveLength(16);
});

it('a write that was on its way when the connection was closed has an unknown outcome, and was not simply left out', async () => {
  const { client, sent } = heldClient();
  const write = client.post('/nodes/pve1/qemu/100/status/stop').catch((error) => error);
  const read = client.get('/version').catch((error) => error);
  await settle();
  await client.close();
  for (const { fail } of sent) fail();
  expect(await write).toMatchObject({
    code: 'CONNECT',
    message: expect.stringContaining('the outcome of the request is unknown'),
  });
  expect(await read).toMatchObject({ code: 'INTERRUPTED' });
  await expect(client.post('/nodes/pve1/qemu/100/status/stop')).rejects.toMatchObject({ code: 'INTERRUPTED' });
  expect(sent).toHaveLength(2);
});

it('a write whose answer does not come in time has timed out, with a signal of its step too', async () => {
  const { client, sent } = heldClient({ timeoutMs: 30 });
  const { signal } = new AbortController();
  await expect(client.put('/nodes/pve1/qemu/100/config', { signal })).rejects.toMatchObject({ code: 'TIMEOUT' });
  expect(sent).toHaveLength(1);
});

it.each(['{"data":1', '<html></html>', '{"other":1}', 'null', ''])(
  'a write that is answered with %j is not taken for done',
  async (body) => {
    const { client, sent } = heldClient();
    const write = client.post('/nodes/pve1/qemu/100/status/stop');
    await settle();
    sent[0]?.answer(body);
    await expect(write).rejects.toMatchObject({ code: 'PVE_ERROR' });
  },
);

it.each([201, 204, 302, 304])('R-49: a write that is answered with status %i is not taken for done', async (status) => {
  const { client, sent } = heldClient();
  const write = client.post('/nodes/pve1/qemu/100/status/stop');
  await settle();
  const hasBody = status < 204 || status === 302;
  sent[0]?.answer((hasBody ? '{"data":1}' : null) as string, { status, headers: { location: 'https://other.test/' } });
  await expect(write).rejects.toMatchObject({ code: 'PVE_ERROR', status });
  expect(sent).toHaveLength(1);
});

it('a login may take longer than other requests: a wrong password is answered late, and is no time-out', async () => {
  const credentials = { type: 'password', username: 'root@pam', password: 'wrong' } as const;
  const { client, sent } = heldClient({ timeoutMs: 20, credentials });
  const read = client.get('/version').catch((error) => error);
  await settle();
  await new Promise((resolve) => setTimeout(resolve, 60));
  expect(sent.map(({ method, signal }) => [method, signal.aborted])).toEqual([['POST', false]]);
  sent[0]?.answer('{"data":null}', { status: 401 });
  while (sent.length < 2) await settle();
  // Which realms there are.
  sent[1]?.answer('{"data":[]}');
  expect(await read).toMatchObject({ code: 'AUTHENTICATION' });
});
