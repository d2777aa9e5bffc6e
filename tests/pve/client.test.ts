import nock from 'nock';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createPveClient, type PveClientOptions, type SentRequest } from '../../src/pve/client.ts';
import type { PveClient } from '../../src/pve/reader.ts';
import { createFakeClock } from './fake-clock.ts';
import { nockFetch } from './nock-fetch.ts';

const ENDPOINT = 'https://pve.test:8006';
const SECRET = '12345678-1234-1234-1234-123456789abc';
const TOKEN = `root@pam!test=${SECRET}`;

function client(options: Partial<PveClientOptions> = {}): PveClient {
  return createPveClient({
    endpoint: ENDPOINT,
    credentials: { type: 'token', token: TOKEN },
    clock: createFakeClock(),
    fetch: nockFetch,
    ...options,
  });
}

function server(): nock.Scope {
  return nock(ENDPOINT);
}

beforeAll(() => nock.disableNetConnect());
afterEach(() => {
  expect(nock.pendingMocks()).toEqual([]);
  nock.cleanAll();
});
afterAll(() => {
  nock.enableNetConnect();
  nock.restore();
});

describe('requests', () => {
  it('sends the token and gives back the data', async () => {
    nock(ENDPOINT, { reqheaders: { authorization: `PVEAPIToken=${TOKEN}` } })
      .get('/api2/json/version')
      .reply(200, { data: { release: '9.2' } });
    expect(await client().get('/version')).toEqual({ release: '9.2' });
  });

  it('percent-encodes what fills a path, as a UPID needs', async () => {
    server()
      .get('/api2/json/nodes/pve1/tasks/UPID%3Apve1%3A00%3Aqmmove%3A1%3E2%3Aroot%40pam%21x%3A/status')
      .reply(200, { data: 1 });
    const upid = 'UPID:pve1:00:qmmove:1>2:root@pam!x:';
    expect(await client().get('/nodes/{node}/tasks/{upid}/status', { path: { node: 'pve1', upid } })).toBe(1);
  });

  it('refuses a value that would make another path', async () => {
    await expect(client().get('/pools/{id}', { path: { id: '..' } })).rejects.toMatchObject({ code: 'INTERNAL' });
    await expect(client().get('/pools/{id}')).rejects.toMatchObject({ code: 'INTERNAL' });
  });

  it('puts the parameters of reads and deletes in the query, booleans as 1 and 0, lists joined', async () => {
    server().get('/api2/json/a?full=1&type=x%3By%3Dz&list=p%2Cq').reply(200, { data: null });
    await client().get('/a', { query: { full: true, type: 'x;y=z', list: ['p', 'q'], none: undefined, gone: null } });
    server()
      .delete('/api2/json/nodes/pve1/qemu/100?purge=1&destroy-unreferenced-disks=0', '')
      .reply(200, { data: 'UPID' });
    const params = { purge: true, 'destroy-unreferenced-disks': false };
    expect(await client().delete('/nodes/pve1/qemu/100', { params })).toBe('UPID');
  });

  it('sends the parameters of writes as JSON, without those that are null', async () => {
    nock(ENDPOINT, { reqheaders: { 'content-type': 'application/json' } })
      .post('/api2/json/nodes/pve1/qemu', { vmid: 100, name: 'a;b=c', onboot: false })
      .reply(200, { data: 'UPID' });
    const params = { vmid: 100, name: 'a;b=c', onboot: false, pool: undefined, tags: null };
    expect(await client().post('/nodes/{node}/qemu', { path: { node: 'pve1' }, params })).toBe('UPID');
    server().put('/api2/json/x', {}).reply(200, { data: null });
    expect(await client().put('/x')).toBeNull();
  });

  it('reports each request, retries included', async () => {
    const sent: SentRequest[] = [];
    server().get('/api2/json/version?x=1').reply(595).get('/api2/json/version?x=1').reply(200, { data: null });
    await client({ onRequest: (info) => sent.push(info) }).get('/version', { query: { x: 1 } });
    expect(sent.map(({ method, path, status }) => [method, path, status])).toEqual([
      ['GET', '/version', 595],
      ['GET', '/version', 200],
    ]);
  });

  it('uses the fetch that it is given', async () => {
    const fetch: typeof globalThis.fetch = async (url) => Response.json({ data: String(url) });
    expect(await client({ fetch }).get('/version')).toBe('https://pve.test:8006/api2/json/version');
  });

  it('does not follow a redirect, which would hand the token to another server', async () => {
    server().get('/api2/json/version').reply(301, '', { location: 'https://other.test/' });
    await expect(client().get('/version')).rejects.toMatchObject({ code: 'PVE_ERROR', status: 301 });
  });

  it('says so where the answer is not that of Proxmox VE', async () => {
    server().get('/api2/json/version').reply(200, '<html></html>');
    await expect(client().get('/version')).rejects.toMatchObject({
      code: 'PVE_ERROR',
      message: 'cannot read /version: pve.test:8006 did not answer as Proxmox VE does',
    });
  });

  it('gives up when no answer comes in time', async () => {
    server().get('/api2/json/version').delay(2000).reply(200, { data: null });
    await expect(client({ timeoutMs: 30 }).get('/version')).rejects.toMatchObject({
      code: 'TIMEOUT',
      message: 'cannot read /version: pve.test:8006 did not answer in time',
    });
    nock.abortPendingRequests();
  });

  it('stops when it is interrupted', async () => {
    server().get('/api2/json/version').delay(2000).reply(200, { data: null });
    const abort = new AbortController();
    const reading = client().get('/version', { signal: abort.signal });
    abort.abort(new Error('stop'));
    await expect(reading).rejects.toMatchObject({ code: 'INTERRUPTED' });
    nock.cleanAll();
  });
});

describe('options', () => {
  it.each(['root@pam!test', 'root!test=x', '', `root@pam=${SECRET}`, `root@pam!test=${SECRET}0`])(
    'refuses the token %j before any request',
    (token) => {
      expect(() => client({ credentials: { type: 'token', token } })).toThrow(
        expect.objectContaining({ code: 'CONFIG' }),
      );
    },
  );

  it('R-48: does not repeat a token that is not of the form', () => {
    expect(() => client({ credentials: { type: 'token', token: `root@pam:test=${SECRET}` } })).toThrow(
      expect.objectContaining({ message: expect.not.stringContaining(SECRET.slice(0, 8)) }),
    );
  });

  it('takes an endpoint without scheme or port', () => {
    expect(client({ endpoint: 'pve1' }).endpoint).toBe('https://pve1:8006');
  });
});

describe('retries', () => {
  it.each([502, 503, 504, 595, 596, 599])('reads again after %i, with a pause, three times in all', async (status) => {
    const clock = createFakeClock();
    server().get('/api2/json/version').times(2).reply(status).get('/api2/json/version').reply(200, { data: 'here' });
    expect(await client({ clock }).get('/version')).toBe('here');
    expect(clock.sleeps).toEqual([300, 900]);
  });

  it('gives the last error after three tries', async () => {
    server().get('/api2/json/version').times(3).reply(595);
    await expect(client().get('/version')).rejects.toMatchObject({ code: 'CONNECT', status: 595 });
  });

  it('reads again after a connection that was reset', async () => {
    server()
      .get('/api2/json/version')
      .replyWithError(Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' }))
      .get('/api2/json/version')
      .reply(200, { data: 'here' });
    expect(await client().get('/version')).toBe('here');
  });

  it.each([400, 401, 403, 500, 501])('does not read again after %i', async (status) => {
    server().get('/api2/json/version').reply(status);
    await expect(client().get('/version')).rejects.toMatchObject({ status });
  });

  it('does not connect again after a refused connection', async () => {
    server()
      .get('/api2/json/version')
      .replyWithError(Object.assign(new Error('refused'), { code: 'ECONNREFUSED' }));
    await expect(client().get('/version')).rejects.toMatchObject({ code: 'CONNECT' });
  });

  it.each(['post', 'put', 'delete'] as const)('never sends a %s twice', async (method) => {
    server()[method]('/api2/json/x').reply(596);
    await expect(client()[method]('/x')).rejects.toMatchObject({
      code: 'TIMEOUT',
      status: 596,
      message: expect.stringContaining('the outcome of the request is unknown'),
    });
  });
});

describe('R-48: secrets', () => {
  it('leaves the token out of every part of an error, though the server repeats it', async () => {
    server()
      .put('/api2/json/x')
      .reply(400, { message: `bad ${SECRET}`, errors: { password: "got 'hunter22'" } });
    const error: unknown = await client()
      .put('/x', { params: { password: 'hunter22' } })
      .catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'PVE_PARAMETER', parameters: { password: "got '********'" } });
    const shown = JSON.stringify([error, (error as Error).message]);
    expect(shown).not.toContain(SECRET);
    expect(shown).not.toContain('hunter22');
  });
});
