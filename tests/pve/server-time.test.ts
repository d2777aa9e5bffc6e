import nock from 'nock';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createPveClient } from '../../src/pve/client.ts';
import type { PveClient } from '../../src/pve/reader.ts';
import { serverTime } from '../../src/pve/server-time.ts';
import { nockFetch } from './nock-fetch.ts';

const ENDPOINT = 'https://pve.test:8006';

const client = (): PveClient =>
  createPveClient({
    endpoint: ENDPOINT,
    credentials: { type: 'token', token: 'ci@pve!test=12345678-1234-1234-1234-123456789abc' },
    fetch: nockFetch,
  });

beforeAll(() => nock.disableNetConnect());
afterAll(() => {
  nock.enableNetConnect();
  nock.restore();
});

it('is the date of an answer, as recorded of 9.2, and no clock of this machine', async () => {
  const pve = client();
  expect(pve.answeredAt?.()).toBeUndefined();
  nock(ENDPOINT).get('/api2/json/version').reply(200, { data: {} }, { Date: 'Fri, 20 Nov 2026 19:10:29 GMT' });
  expect(await serverTime(pve)).toBe(Date.parse('2026-11-20T19:10:29Z'));
  nock(ENDPOINT).get('/api2/json/version').reply(200, { data: {} }, { Date: 'Fri, 20 Nov 2026 19:10:31 GMT' });
  expect(await serverTime(pve)).toBe(Date.parse('2026-11-20T19:10:31Z'));
});

it('cannot be told where answers have no date', async () => {
  nock(ENDPOINT).get('/api2/json/version').reply(200, { data: {} });
  await expect(serverTime(client())).rejects.toMatchObject({ code: 'PVE_ERROR' });
});

it('is that of the answer before where the last one has none, or none that is one', async () => {
  const pve = client();
  nock(ENDPOINT).get('/api2/json/version').reply(200, { data: {} }, { Date: 'Fri, 20 Nov 2026 19:10:29 GMT' });
  await pve.get('/version');
  for (const headers of [{}, { Date: 'today' }]) {
    nock(ENDPOINT).get('/api2/json/version').reply(200, { data: {} }, headers);
    await pve.get('/version');
    expect(pve.answeredAt?.()).toBe(Date.parse('2026-11-20T19:10:29Z'));
  }
});
