import nock from 'nock';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { PvevmError } from '../../../src/core/error.ts';
import { exitNameOf } from '../../../src/core/exit-code.ts';
import { createPveClient, type SentRequest } from '../../../src/pve/client.ts';
import type { PveClient } from '../../../src/pve/reader.ts';
import { createFakeClock } from '../fake-clock.ts';
import { nockFetch } from '../nock-fetch.ts';

const TOKEN = 'root@pam!test=12345678-1234-1234-1234-123456789abc';
const A = 'https://a.test:8006';
const B = 'https://b.test:8006';
const C = 'https://c.test:8006';
const INFO = '/api2/json/nodes/localhost/certificates/info';
const CA_1 = `AA:${'01:'.repeat(30)}01`;
const CA_2 = `BB:${'02:'.repeat(30)}02`;

const sent: string[] = [];

function client(...endpoint: readonly string[]): PveClient {
  return createPveClient({
    endpoint,
    credentials: { type: 'token', token: TOKEN },
    clock: createFakeClock(),
    fetch: nockFetch,
    onRequest: ({ method, path, status }: SentRequest) => sent.push(`${method} ${path} ${status}`),
  });
}

function authority(fingerprint: string): object {
  return {
    data: [
      { filename: 'pve-ssl.pem', fingerprint: 'CC' },
      { filename: 'pve-root-ca.pem', fingerprint },
    ],
  };
}

/** The endpoint is up, and of a cluster. */
function up(endpoint: string, fingerprint = CA_1): nock.Scope {
  return nock(endpoint).get(INFO).reply(200, authority(fingerprint));
}

function failing(code: string): Error {
  return Object.assign(new Error(`${code} somewhere`), { code });
}

/** The endpoint refuses one connection. */
function down(endpoint: string, code = 'ECONNREFUSED'): void {
  nock(endpoint).get(INFO).replyWithError(failing(code));
}

async function failureOf(work: Promise<unknown>): Promise<PvevmError> {
  return work.then(
    () => expect.unreachable('it did not fail'),
    (error: unknown) => error as PvevmError,
  );
}

beforeAll(() => nock.disableNetConnect());
afterEach(() => {
  const pending = nock.pendingMocks();
  nock.cleanAll();
  expect(pending).toEqual([]);
  sent.length = 0;
});
afterAll(() => {
  nock.enableNetConnect();
  nock.restore();
});

describe('one endpoint', () => {
  it('is asked nothing ahead', async () => {
    nock(A).get('/api2/json/version').reply(200, { data: 'a' });
    expect(await client(A).get('/version')).toBe('a');
    expect(sent).toEqual(['GET /version 200']);
  });

  it('keeps its path, in the requests and as its name', async () => {
    nock('https://gate.test').get('/pve/api2/json/version').reply(200, { data: 'a' });
    const pve = client('https://gate.test/pve/api2/json');
    expect(pve.endpoint).toBe('https://gate.test/pve');
    expect(await pve.get('/version')).toBe('a');
  });

  it('that is written twice is one', async () => {
    nock(A).get('/api2/json/version').reply(200, { data: 'a' });
    expect(await client(A, 'a.test').get('/version')).toBe('a');
  });

  it('is needed', () => {
    expect(() => client()).toThrow(expect.objectContaining({ code: 'CONFIG' }));
  });
});

describe('several endpoints', () => {
  it('are asked for their cluster once, and the first is used', async () => {
    up(A);
    up(B);
    nock(A).get('/api2/json/version').times(2).reply(200, { data: 'a' });
    const pve = client(A, B);
    expect(pve.endpoint).toBe(A);
    const both = [pve.get('/version'), pve.get('/version')];
    expect([await both[0], await both[1]]).toEqual(['a', 'a']);
    expect(sent).toHaveLength(4);
  });

  it.each(['ECONNREFUSED', 'EHOSTUNREACH', 'ENETUNREACH', 'ENOTFOUND', 'EAI_AGAIN', 'ETIMEDOUT'])(
    'are tried in order: one with %s is skipped',
    async (code) => {
      down(A, code);
      up(B);
      nock(B).get('/api2/json/version').reply(200, { data: 'b' });
      const pve = client(A, B);
      expect(await pve.get('/version')).toBe('b');
      expect(pve.endpoint).toBe(B);
    },
  );

  it.each([502, 503, 595, 596])('are tried in order: one whose front answers %i is skipped', async (status) => {
    nock(A).get(INFO).reply(status);
    up(B);
    nock(B).get('/api2/json/version').reply(200, { data: 'b' });
    expect(await client(A, B).get('/version')).toBe('b');
  });

  it('of which none answers are one error with a line for each', async () => {
    down(A);
    down(B, 'ENOTFOUND');
    const error = await failureOf(client(A, B).get('/version'));
    expect(error).toMatchObject({
      code: 'CONNECT',
      message: 'cannot reach any of the 2 endpoints',
      details: [
        `${A}: no connection to a.test:8006 (ECONNREFUSED)`,
        `${B}: the host of b.test:8006 is not known (ENOTFOUND)`,
      ],
    });
    expect(exitNameOf(error.code)).toBe('unreachable');
  });

  it('are not skipped for a certificate that is refused', async () => {
    down(A, 'CERT_HAS_EXPIRED');
    up(B);
    await expect(client(A, B).get('/version')).rejects.toMatchObject({ code: 'TLS' });
  });

  it('are not skipped for a login that is refused', async () => {
    nock(A).get(INFO).reply(401);
    nock(B).get(INFO).reply(401);
    await expect(client(A, B).get('/version')).rejects.toMatchObject({ code: 'AUTHENTICATION', status: 401 });
  });
});

describe('endpoints of different clusters', () => {
  it('are an error that names both, before the first request', async () => {
    up(A);
    up(B, CA_2);
    nock(A)
      .get('/api2/json/cluster/status')
      .reply(200, {
        data: [
          { type: 'cluster', name: 'lab' },
          { type: 'node', name: 'a2' },
          { type: 'node', name: 'a1' },
        ],
      });
    nock(B).get('/api2/json/cluster/status').reply(403);
    const error = await failureOf(client(A, B).put('/x'));
    expect(error).toMatchObject({
      code: 'IDENTITY',
      message: `cannot use ${A} and ${B} together: they are of different clusters`,
      details: [`${A}: cluster lab; nodes a1, a2; authority ${CA_1}`, `${B}: cluster; authority ${CA_2}`],
    });
    expect(exitNameOf(error.code)).toBe('conflict');
  });

  it('are told by a login that only one of them takes', async () => {
    up(A);
    nock(B).get(INFO).reply(401);
    await expect(client(A, B).get('/version')).rejects.toMatchObject({
      code: 'AUTHENTICATION',
      message: `cannot use ${A} and ${B} together: the second refuses the login that the first accepts`,
    });
  });

  it('are told by the certificates of their nodes where the authority cannot be read', async () => {
    const nodes = (fingerprint: string): object => ({ data: [{ node: 'pve', ssl_fingerprint: fingerprint }] });
    for (const [endpoint, fingerprint] of [
      [A, 'AA'],
      [B, 'BB'],
    ] as const) {
      nock(endpoint).get(INFO).reply(501).get('/api2/json/nodes').reply(200, nodes(fingerprint));
      nock(endpoint).get('/api2/json/cluster/status').reply(403);
    }
    await expect(client(A, B).get('/version')).rejects.toMatchObject({ code: 'IDENTITY' });
  });

  it('are found out before one that was down at first is used', async () => {
    up(A);
    down(B);
    nock(A).get('/api2/json/version').reply(200, { data: 'a' });
    const pve = client(A, B);
    await pve.get('/version');
    nock(A).put('/api2/json/x').replyWithError(failing('ECONNREFUSED'));
    up(B, CA_2);
    nock(A).get('/api2/json/cluster/status').replyWithError(failing('ECONNREFUSED'));
    nock(B).get('/api2/json/cluster/status').reply(403);
    await expect(pve.put('/x')).rejects.toMatchObject({ code: 'IDENTITY' });
  });

  it('cannot be ruled out where one does not say what it is, so that one is not used', async () => {
    up(A);
    nock(B).get(INFO).reply(500).get('/api2/json/nodes').reply(500);
    nock(A).get('/api2/json/version').replyWithError(failing('ECONNREFUSED'));
    nock(B).get(INFO).reply(500).get('/api2/json/nodes').reply(500);
    const error = await failureOf(client(A, B).get('/version'));
    expect(error.code).toBe('CONNECT');
    expect(error.details[1]).toBe(`${B}: it cannot be told whether ${A} and ${B} are of one cluster`);
  });
});

describe('an endpoint that goes down later', () => {
  async function connected(...endpoints: readonly string[]): Promise<PveClient> {
    for (const endpoint of endpoints) up(endpoint);
    nock(A).get('/api2/json/version').reply(200, { data: 'a' });
    const pve = client(...endpoints);
    await pve.get('/version');
    return pve;
  }

  it.each(['get', 'post', 'put', 'delete'] as const)('hands a %s that was not sent to the next one', async (method) => {
    const pve = await connected(A, B);
    nock(A)[method]('/api2/json/x').replyWithError(failing('ECONNREFUSED'));
    nock(B)[method]('/api2/json/x').reply(200, { data: 'b' });
    expect(await pve[method]('/x')).toBe('b');
    expect(pve.endpoint).toBe(B);
  });

  it('hands over reads whose tries are used up', async () => {
    const pve = await connected(A, B);
    nock(A).get('/api2/json/x').times(3).replyWithError(failing('ECONNRESET'));
    nock(B).get('/api2/json/x').reply(200, { data: 'b' });
    expect(await pve.get('/x')).toBe('b');
  });

  it.each(['post', 'put', 'delete'] as const)(
    'never sends a %s elsewhere that may have been carried out',
    async (method) => {
      const pve = await connected(A, B);
      nock(A)[method]('/api2/json/x').replyWithError(failing('ECONNRESET'));
      await expect(pve[method]('/x')).rejects.toMatchObject({
        code: 'CONNECT',
        message: expect.stringContaining('the outcome of the request is unknown'),
      });
      nock(A)[method]('/api2/json/x').reply(502);
      await expect(pve[method]('/x')).rejects.toMatchObject({ code: 'CONNECT', status: 502 });
    },
  );

  it('keeps reads about a node that pveproxy cannot reach, which is the same from everywhere', async () => {
    const pve = await connected(A, B);
    nock(A).get('/api2/json/nodes/c/qemu').times(3).reply(595);
    await expect(pve.get('/nodes/c/qemu')).rejects.toMatchObject({ code: 'CONNECT', status: 595 });
  });

  it('is left once, though many requests find it down', async () => {
    const pve = await connected(A, B, C);
    nock(A).get('/api2/json/x').times(4).replyWithError(failing('ECONNREFUSED'));
    nock(B).get('/api2/json/x').times(4).reply(200, { data: 'b' });
    const reads = Array.from({ length: 4 }, () => pve.get('/x'));
    for (const read of reads) expect(await read).toBe('b');
    expect(pve.endpoint).toBe(B);
  });

  it('is an error with a line for each where the others are down too', async () => {
    const pve = await connected(A, B);
    nock(A).put('/api2/json/x').replyWithError(failing('ECONNREFUSED'));
    nock(B).put('/api2/json/x').replyWithError(failing('ECONNREFUSED'));
    const error = await failureOf(pve.put('/x'));
    expect(error.details).toEqual([
      `${A}: no connection to a.test:8006 (ECONNREFUSED)`,
      `${B}: no connection to b.test:8006 (ECONNREFUSED)`,
    ]);
  });
});

describe('a login with several endpoints', () => {
  const ticket = 'PVE:root@pam:6B0099F0::dGlja2V0';
  const issued = { data: { username: 'root@pam', ticket, CSRFPreventionToken: '6B0099F0:abc' } };

  it('is made at the first that is up, and serves them all', async () => {
    nock(A).post('/api2/json/access/ticket').replyWithError(failing('ECONNREFUSED'));
    nock(B).post('/api2/json/access/ticket').reply(200, issued);
    up(A);
    up(B);
    const cookie = `PVEAuthCookie=${encodeURIComponent(ticket)}`;
    nock(A, { reqheaders: { cookie } }).get('/api2/json/version').reply(200, { data: 'a' });
    const credentials = { type: 'password', username: 'root', password: 'correct horse' } as const;
    const pve = createPveClient({ endpoint: [A, B], credentials, clock: createFakeClock(), fetch: nockFetch });
    expect(await pve.get('/version')).toBe('a');
  });

  it('is made elsewhere where the first has no daemon to ask', async () => {
    nock(A).post('/api2/json/access/ticket').reply(595);
    nock(B).post('/api2/json/access/ticket').reply(200, issued);
    up(A);
    up(B);
    nock(A).get('/api2/json/version').reply(200, { data: 'a' });
    const credentials = { type: 'password', username: 'root', password: 'correct horse' } as const;
    const pve = createPveClient({ endpoint: [A, B], credentials, clock: createFakeClock(), fetch: nockFetch });
    expect(await pve.get('/version')).toBe('a');
  });

  it('is not made elsewhere once a server may have seen the password', async () => {
    nock(A).post('/api2/json/access/ticket').replyWithError(failing('ECONNRESET'));
    const credentials = { type: 'password', username: 'root', password: 'correct horse' } as const;
    const pve = createPveClient({ endpoint: [A, B], credentials, clock: createFakeClock(), fetch: nockFetch });
    await expect(pve.get('/version')).rejects.toMatchObject({ code: 'CONNECT' });
  });
});
