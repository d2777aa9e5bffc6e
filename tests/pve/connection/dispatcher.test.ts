import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createPveClient } from '../../../src/pve/client.ts';
import { readFingerprint } from '../../../src/pve/connection/fingerprint.ts';
import type { Trust } from '../../../src/pve/connection/trust.ts';
import { createFakeClock } from '../fake-clock.ts';
import { startHttpsServer, type TestServer } from '../https-server.ts';

const TOKEN = 'root@pam!test=12345678-1234-1234-1234-123456789abc';
let server: TestServer;
let elsewhere: TestServer;
const seen: string[] = [];

beforeAll(async () => {
  server = await startHttpsServer((request, response) => {
    seen.push(request.url ?? '');
    if (request.url === '/api2/json/gone') {
      response
        .writeHead(500, "Configuration file 'nodes/pve1/qemu-server/102.conf' does not exist")
        .end('{"data":null}');
    } else if (request.url === '/api2/json/reset') request.socket.destroy();
    else if (request.url === '/api2/json/half') {
      response.writeHead(200, { 'Content-Length': '100' });
      response.write('{"data"', () => request.socket.destroy());
    } else if (request.url !== '/api2/json/held') response.end('{"data":"here"}');
  });
  elsewhere = await startHttpsServer((_request, response) => response.end('{"data":"here"}'), '127.0.0.2');
});
afterAll(async () => {
  await server.close();
  await elsewhere.close();
});

async function get(trust: Trust, path = '/version', at: TestServer = server): Promise<unknown> {
  const pve = createPveClient({
    endpoint: at.endpoint,
    credentials: { type: 'token', token: TOKEN },
    trust,
    clock: createFakeClock(),
  });
  try {
    return await pve.get(path);
  } finally {
    await pve.close();
  }
}

describe('R-49: the server is trusted', () => {
  it('by a CA file', async () => {
    expect(await get({ ca: server.ca })).toBe('here');
  });

  it('by a pinned fingerprint, in any spelling', async () => {
    expect(await get({ fingerprints: [server.fingerprint] })).toBe('here');
    expect(await get({ fingerprints: [server.fingerprint.replaceAll(':', '').toLowerCase()] })).toBe('here');
    expect(await get({ fingerprints: [elsewhere.fingerprint] }, '/version', elsewhere)).toBe('here');
  });

  it('by nothing, where that was asked for', async () => {
    expect(await get({ insecure: true })).toBe('here');
  });
});

describe('R-49: the server is not trusted', () => {
  it('without a CA, and the error offers its fingerprint', async () => {
    const before = seen.length;
    await expect(get({})).rejects.toMatchObject({
      code: 'TLS',
      message: expect.stringContaining('DEPTH_ZERO_SELF_SIGNED_CERT'),
      hints: [expect.stringContaining(`--fingerprint ${server.fingerprint}`), expect.stringContaining('--ca')],
    });
    expect(seen).toHaveLength(before);
  });

  it('where its certificate is for another host', async () => {
    await expect(get({ ca: elsewhere.ca }, '/version', elsewhere)).rejects.toMatchObject({
      code: 'TLS',
      message: expect.stringContaining('ERR_TLS_CERT_ALTNAME_INVALID'),
    });
  });

  it('where it shows another fingerprint than the pinned one, and no byte is sent to it', async () => {
    const before = seen.length;
    const failure = get({ fingerprints: [elsewhere.fingerprint] });
    await expect(failure).rejects.toMatchObject({ code: 'TLS' });
    await expect(failure).rejects.toThrow(server.fingerprint);
    await expect(failure).rejects.toThrow(elsewhere.fingerprint);
    expect(seen).toHaveLength(before);
  });

  it('where a fingerprint is pinned and the CA would do', async () => {
    await expect(get({ ca: server.ca, fingerprints: [elsewhere.fingerprint] })).rejects.toMatchObject({ code: 'TLS' });
  });

  it('by a fingerprint that is none', () => {
    expect(() =>
      createPveClient({
        endpoint: 'pve1',
        credentials: { type: 'token', token: TOKEN },
        trust: { fingerprints: ['AB:CD'] },
      }),
    ).toThrow(expect.objectContaining({ code: 'CONFIG' }));
  });
});

describe('the wire', () => {
  it('reads the reason phrase, which is all that older versions say', async () => {
    await expect(get({ ca: server.ca }, '/gone')).rejects.toMatchObject({
      code: 'PVE_NOT_FOUND',
      status: 500,
      message: "cannot read /gone: Configuration file 'nodes/pve1/qemu-server/102.conf' does not exist",
    });
  });

  it.each(['/reset', '/half'])('reads %s three times, and reports that the connection broke', async (path) => {
    const before = seen.length;
    await expect(get({ ca: server.ca }, path)).rejects.toMatchObject({
      code: 'CONNECT',
      message: expect.stringContaining('closed the connection before it answered'),
    });
    expect(seen.length - before).toBe(3);
  });

  it('sends a write once, and says that its outcome is unknown where the connection broke', async () => {
    const before = seen.length;
    const pve = createPveClient({
      endpoint: server.endpoint,
      credentials: { type: 'token', token: TOKEN },
      trust: { ca: server.ca },
    });
    await expect(pve.post('/reset')).rejects.toMatchObject({
      code: 'CONNECT',
      message: expect.stringContaining('the outcome of the request is unknown'),
    });
    await pve.close();
    expect(seen.length - before).toBe(1);
  });

  it('R-28: ends what is on its way when the client is closed', async () => {
    const before = seen.length;
    const pve = createPveClient({
      endpoint: server.endpoint,
      credentials: { type: 'token', token: TOKEN },
      trust: { ca: server.ca },
    });
    const waiting = expect(pve.get('/held')).rejects.toMatchObject({ code: 'INTERRUPTED' });
    while (seen.length === before) await new Promise((resolve) => setImmediate(resolve));
    await pve.close();
    await waiting;
  });

  it('names the endpoint where nothing listens', async () => {
    const closed = await startHttpsServer(() => {});
    await closed.close();
    await expect(get({}, '/version', closed)).rejects.toMatchObject({
      code: 'CONNECT',
      message: expect.stringContaining('(ECONNREFUSED)'),
    });
    expect(await readFingerprint(closed.endpoint)).toBeUndefined();
  });
});
