import { createServer, type IncomingMessage, type Server } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { type AddressInfo, connect, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { generate } from 'selfsigned';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { PvevmError } from '../../../src/core/error.ts';
import { exitNameOf } from '../../../src/core/exit-code.ts';
import { listRealms } from '../../../src/pve/authentication/realms.ts';
import { createPveClient, type PveClientOptions } from '../../../src/pve/client.ts';
import { readFingerprint } from '../../../src/pve/connection/fingerprint.ts';
import { createFakeClock } from '../fake-clock.ts';
import { startHttpsServer, type TestServer } from '../https-server.ts';

const TOKEN = 'root@pam!test=12345678-1234-1234-1234-123456789abc';
let server: TestServer;
let proxy: Server;
let proxyAt: string;
let refusal = '';
const connects: { readonly target: string; readonly authorization: string | undefined }[] = [];
const open = new Set<Socket>();

function tunnel(request: IncomingMessage, client: Socket): void {
  connects.push({ target: request.url ?? '', authorization: request.headers['proxy-authorization'] });
  if (refusal !== '') {
    client.end(`HTTP/1.1 ${refusal}\r\nContent-Length: 0\r\n\r\n`);
    return;
  }
  const { hostname, port } = new URL(`https://${request.url}`);
  const upstream = connect(Number(port), hostname, () => {
    client.write('HTTP/1.1 200 Connection established\r\n\r\n');
    upstream.pipe(client).pipe(upstream);
  });
  for (const socket of [client, upstream]) {
    open.add(socket);
    socket.on('error', () => socket.destroy());
  }
}

async function listen(listening: Server): Promise<number> {
  listening.on('connect', tunnel);
  await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve));
  return (listening.address() as AddressInfo).port;
}

beforeAll(async () => {
  server = await startHttpsServer((request, response) => {
    response.end(request.url === '/api2/json/access/domains' ? '{"data":[]}' : '{"data":"here"}');
  });
  proxy = createServer((_request, response) => response.writeHead(405).end());
  proxyAt = `127.0.0.1:${await listen(proxy)}`;
});
afterAll(async () => {
  for (const socket of open) socket.destroy();
  proxy.close();
  await server.close();
});

async function get(options: Partial<PveClientOptions> = {}): Promise<unknown> {
  const pve = createPveClient({
    endpoint: server.endpoint,
    credentials: { type: 'token', token: TOKEN },
    trust: { ca: server.ca },
    proxy: { https: `http://${proxyAt}` },
    clock: createFakeClock(),
    ...options,
  });
  try {
    return await pve.get('/version');
  } finally {
    await pve.close();
  }
}

async function failureOf(options: Partial<PveClientOptions> = {}): Promise<PvevmError> {
  const error = (await get(options).catch((thrown: unknown) => thrown)) as PvevmError;
  expect(exitNameOf(error.code)).toBe('unreachable');
  return error;
}

describe('through a proxy', () => {
  it('the server is reached, and verified by its CA', async () => {
    const before = connects.length;
    expect(await get()).toBe('here');
    expect(connects.slice(before)).toEqual([{ target: new URL(server.endpoint).host, authorization: undefined }]);
  });

  it('R-49: the server is verified by its fingerprint', async () => {
    expect(await get({ trust: { fingerprints: [server.fingerprint] } })).toBe('here');
    const error = await failureOf({ trust: { fingerprints: ['AB'.repeat(32)] } });
    expect(error).toMatchObject({ code: 'TLS', message: expect.stringContaining(server.fingerprint) });
  });

  it('R-49: the server is refused without a CA, and its fingerprint is offered', async () => {
    const error = await failureOf({ trust: {} });
    expect(error).toMatchObject({ code: 'TLS', message: expect.stringContaining('DEPTH_ZERO_SELF_SIGNED_CERT') });
    expect(error.hints[0]).toContain(server.fingerprint);
  });

  it('the certificate and the realms are read too', async () => {
    const settings = { https: `http://${proxyAt}` };
    const before = connects.length;
    expect(await readFingerprint(server.endpoint, { proxy: settings })).toBe(server.fingerprint);
    expect(await listRealms(server.endpoint, { proxy: settings, trust: { insecure: true } })).toEqual([]);
    expect(connects.length - before).toBe(2);
  });

  it('its user and password are sent', async () => {
    await get({ proxy: { https: `http://anna:s%3Ecret@${proxyAt}` } });
    expect(connects.at(-1)?.authorization).toBe(`Basic ${Buffer.from('anna:s>cret').toString('base64')}`);
  });

  it('that speaks TLS itself, judged by the CA too', async () => {
    const pem = await generate([{ name: 'commonName', value: 'proxy' }], {
      keyType: 'ec',
      extensions: [
        { name: 'basicConstraints', cA: true, critical: true },
        { name: 'subjectAltName', altNames: [{ type: 7, ip: '127.0.0.1' }] },
      ],
    });
    const secure = createSecureServer({ key: pem.private, cert: pem.cert });
    const https = `https://127.0.0.1:${await listen(secure)}`;
    expect(await get({ proxy: { https }, trust: { ca: `${pem.cert}\n${server.ca}` } })).toBe('here');
    const error = await failureOf({ proxy: { https } });
    expect(error).toMatchObject({
      code: 'TLS',
      message: expect.stringContaining(`no connection to the proxy ${https}`),
    });
    secure.close();
  });

  it('unless NO_PROXY names the host', async () => {
    const before = connects.length;
    expect(await get({ proxy: { https: `http://${proxyAt}`, noProxy: '127.0.0.1' } })).toBe('here');
    expect(connects).toHaveLength(before);
  });
});

describe('a proxy that refuses', () => {
  it.each([
    ['407 Proxy Authentication Required', 'Give the user and password of the proxy'],
    ['403 Forbidden', 'Check that the proxy may connect to 127.0.0.1:'],
    ['502 Bad Gateway', 'Check that the proxy may connect to 127.0.0.1:'],
  ])('with %s is an error that names it without its password', async (answer, hint) => {
    refusal = answer;
    const error = await failureOf({ proxy: { https: `http://anna:secret99@${proxyAt}` } });
    refusal = '';
    expect(error).toMatchObject({
      code: 'CONNECT',
      message: `the proxy http://${proxyAt} refused a connection to ${new URL(server.endpoint).host}: ${answer}`,
      hints: [expect.stringContaining(hint)],
    });
    expect(JSON.stringify([error, error.message, String(error.cause)])).not.toContain('secret99');
  });

  it('to answer at all is an error that names it, and not the server', async () => {
    const held: Duplex[] = [];
    const silent = createServer().on('connect', (_request, socket) => held.push(socket));
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const { port } = silent.address() as AddressInfo;
    try {
      const error = await failureOf({ proxy: { https: `http://127.0.0.1:${port}` }, connectTimeoutMs: 60 });
      expect(error).toMatchObject({
        code: 'CONNECT',
        message: `no connection to the proxy http://127.0.0.1:${port} (it did not answer in time)`,
      });
    } finally {
      for (const socket of held) socket.destroy();
      await new Promise((resolve) => silent.close(resolve));
    }
  });

  it('R-50: cannot bring control sequences in its answer', async () => {
    refusal = '403 \u001b[31mred';
    const error = await failureOf();
    refusal = '';
    expect(error.message).not.toContain('\u001b');
  });

  it('connections at all is an error that names it', async () => {
    const error = await failureOf({ proxy: { https: 'http://anna:secret99@127.0.0.1:1' } });
    expect(error).toMatchObject({
      code: 'CONNECT',
      message: 'no connection to the proxy http://127.0.0.1:1 (ECONNREFUSED)',
      hints: ['Check HTTPS_PROXY, or name the endpoint in NO_PROXY.'],
    });
  });
});
