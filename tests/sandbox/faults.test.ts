import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Api, startApi } from './api.ts';

let api: Api;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.sandbox.close());

const pools = async (): Promise<readonly string[]> =>
  ((await api.data('GET', '/pools')) as readonly { poolid: string }[]).map(({ poolid }) => poolid);

it('answers with the rule’s status and message, without the effect, so many times', async () => {
  api.sandbox.failNext({ method: 'POST', path: '/pools', status: 503, message: 'try later', times: 2 });
  const answers = [];
  for (let index = 0; index < 3; index += 1) answers.push((await api.call('POST', '/pools', { poolid: 'a' })).status);
  expect(answers).toEqual([503, 503, 200]);
});

it('cuts the connection before the effect', async () => {
  api.sandbox.failNext({ path: /^\/pools$/, method: 'POST', dropBefore: true });
  await expect(api.call('POST', '/pools', { poolid: 'b' })).rejects.toThrow(/socket hang up|ECONNRESET/);
  expect(await pools()).not.toContain('b');
});

it('cuts the connection after the effect', async () => {
  api.sandbox.failNext({ path: '/pools', method: 'POST', dropAfter: true });
  await expect(api.call('POST', '/pools', { poolid: 'c' })).rejects.toThrow(/socket hang up|ECONNRESET/);
  expect(await pools()).toContain('c');
});

it('keeps what was asked, in order, with the status of each answer', async () => {
  const before = api.sandbox.requests.length;
  await api.call('PUT', '/pools/c', { comment: 'x' });
  await api.call('GET', '/pools/nope');
  expect(api.sandbox.requests.slice(before)).toEqual([
    { method: 'PUT', path: '/pools/c', params: { comment: 'x' }, status: 200 },
    { method: 'GET', path: '/pools/nope', params: {}, status: 500 },
  ]);
});
