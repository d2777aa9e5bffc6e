import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import nock from 'nock';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { ErrorCode, PvevmError } from '../../src/core/error.ts';
import { type ExitName, exitNameOf } from '../../src/core/exit-code.ts';
import { createPveClient } from '../../src/pve/client.ts';
import { createFakeClock } from './fake-clock.ts';
import { startHttpsServer, type TestServer } from './https-server.ts';
import { nockFetch } from './nock-fetch.ts';

const ENDPOINT = 'https://pve.test:8006';
const TOKEN = 'root@pam!test=12345678-1234-1234-1234-123456789abc';

async function failureOf(
  method: 'get' | 'put',
  endpoint = ENDPOINT,
  ca?: string,
): Promise<PvevmError & { readonly exit: ExitName }> {
  const pve = createPveClient({
    endpoint,
    credentials: { type: 'token', token: TOKEN },
    clock: createFakeClock(),
    ...(ca === undefined ? { fetch: nockFetch } : { trust: { ca } }),
  });
  const error = (await pve[method]('/nodes').catch((thrown: unknown) => thrown)) as PvevmError;
  await pve.close();
  return Object.assign(error, { exit: exitNameOf(error.code) });
}

describe('an answer that is no success', () => {
  beforeAll(() => nock.disableNetConnect());
  afterEach(() => nock.cleanAll());
  afterAll(() => nock.enableNetConnect(/^127\.0\.0\.1:/));

  const nginx = '<html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>';
  it.each<[what: string, status: number, body: string, ErrorCode, ExitName, message: string, hint: string]>([
    ['a bad token', 401, '', 'AUTHENTICATION', 'access', 'Unauthorized', 'Check that the token is whole'],
    [
      'a missing privilege',
      403,
      '{"data":null,"message":"Permission check failed (/vms/100, VM.Audit)\\n"}',
      'PERMISSION',
      'access',
      'Permission check failed (/vms/100, VM.Audit)',
      'Grant the token a role with VM.Audit on /vms/100.',
    ],
    [
      'a node that pveproxy cannot reach',
      595,
      '',
      'CONNECT',
      'unreachable',
      'HTTP status 595',
      'Check that the node is online',
    ],
    ['a node that does not answer pveproxy', 596, '', 'TIMEOUT', 'unreachable', 'HTTP status 596', ''],
    ['a connection between nodes that broke', 599, '', 'PVE_ERROR', 'error', 'HTTP status 599', ''],
    [
      'a web page of something in front',
      502,
      nginx,
      'CONNECT',
      'unreachable',
      'Bad Gateway',
      'Something in front of Proxmox VE',
    ],
    [
      'plain text of something in front',
      503,
      'try later',
      'CONNECT',
      'unreachable',
      'Service Unavailable',
      'Something in front',
    ],
    ['an answer that came too late to something in front', 504, '', 'TIMEOUT', 'unreachable', 'Gateway Timeout', ''],
    [
      'a path that is not of Proxmox VE',
      404,
      nginx,
      'PVE_ERROR',
      'error',
      'Not Found',
      'Check that the endpoint is a Proxmox VE',
    ],
    [
      'a web page',
      200,
      '<html></html>',
      'PVE_ERROR',
      'error',
      'did not answer as Proxmox VE does',
      'and not another service',
    ],
    ['JSON without data', 200, '{"status":"ok"}', 'PVE_ERROR', 'error', 'did not answer as Proxmox VE does', ''],
    ['JSON that is no object', 200, '[1]', 'PVE_ERROR', 'error', 'did not answer as Proxmox VE does', ''],
    ['nothing', 200, '', 'PVE_ERROR', 'error', 'did not answer as Proxmox VE does', ''],
  ])('because of %s (%i) says what it is', async (_what, status, body, code, exit, message, hint) => {
    nock(ENDPOINT).get('/api2/json/nodes').times(3).reply(status, body);
    const error = await failureOf('get');
    expect(error).toMatchObject({ code, exit, status, message: expect.stringContaining(message) });
    expect(error.message).toMatch(/^cannot read \/nodes: /);
    expect(error.message).not.toContain('<html>');
    if (hint !== '') expect(error.hints.join('\n')).toContain(hint);
  });

  it.each([502, 503, 504, 596, 599])('says that the outcome of a write is unknown after %i', async (status) => {
    nock(ENDPOINT).put('/api2/json/nodes').reply(status);
    expect((await failureOf('put')).message).toContain('(the outcome of the request is unknown)');
  });

  it.each([400, 401, 403, 500, 595])('says nothing of an unknown outcome after %i', async (status) => {
    nock(ENDPOINT).put('/api2/json/nodes').reply(status);
    expect((await failureOf('put')).message).not.toContain('unknown');
  });

  it('because of a redirect names where to, and does not go there', async () => {
    nock(ENDPOINT).get('/api2/json/nodes').reply(302, '', { location: 'https://sso.test/login?next=x' });
    expect(await failureOf('get')).toMatchObject({
      code: 'PVE_ERROR',
      status: 302,
      message: 'cannot read /nodes: pve.test:8006 redirects to https://sso.test/login?next=x, which is not followed',
      hints: [expect.stringContaining('give the address of its API itself')],
    });
  });

  it.each<[string, ErrorCode, string]>([
    ['EHOSTUNREACH', 'CONNECT', 'no connection to pve.test:8006 (EHOSTUNREACH)'],
    ['ECONNREFUSED', 'CONNECT', 'no connection to pve.test:8006 (ECONNREFUSED)'],
    ['ENOTFOUND', 'CONNECT', 'the host of pve.test:8006 is not known (ENOTFOUND)'],
    ['ECONNRESET', 'CONNECT', 'pve.test:8006 closed the connection before it answered (ECONNRESET)'],
    ['UND_ERR_HEADERS_TIMEOUT', 'TIMEOUT', 'pve.test:8006 did not answer in time'],
  ])('because of %s names the host', async (systemCode, code, message) => {
    nock(ENDPOINT)
      .get('/api2/json/nodes')
      .times(3)
      .replyWithError(Object.assign(new Error(systemCode), { code: systemCode }));
    expect(await failureOf('get')).toMatchObject({
      code,
      exit: 'unreachable',
      message: `cannot read /nodes: ${message}`,
    });
  });
});

describe('R-50: what a server says', () => {
  let server: TestServer;
  let answer: (response: import('node:http').ServerResponse, write: (raw: string) => void) => void;
  beforeAll(async () => {
    server = await startHttpsServer((request, response) =>
      answer(response, (raw) => {
        request.socket.end(raw);
      }),
    );
  });
  afterAll(() => server.close());

  // Escape sequences, a carriage return, and a mark that reorders text.
  const EVIL = 'red \u001b[31m\u009b1m \u202edni';
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not be there
  const UNSAFE = /[\u001b\u009b\u202e\r]/;

  it('in a message, a parameter and its name cannot control a terminal', async () => {
    const body = JSON.stringify({ data: null, message: `${EVIL}\r\n`, errors: { [EVIL]: EVIL } });
    answer = (response) => response.writeHead(400).end(body);
    const error = await failureOf('get', server.endpoint, server.ca);
    expect(error.code).toBe('PVE_PARAMETER');
    const shown = [error.message, ...error.hints, ...Object.entries(error.parameters).flat()].join('\n');
    expect(shown).toContain('red');
    expect(shown).not.toMatch(UNSAFE);
  });

  it('in a reason phrase cannot control a terminal', async () => {
    answer = (_response, write) => write(`HTTP/1.1 500 red \u001b[31m\r\nContent-Length: 0\r\n\r\n`);
    const error = await failureOf('get', server.endpoint, server.ca);
    expect(error.message).not.toMatch(UNSAFE);
  });

  it('in a redirect cannot control a terminal', async () => {
    answer = (_response, write) =>
      write(`HTTP/1.1 302 Found\r\nLocation: https://x/\u009b31m\r\nContent-Length: 0\r\n\r\n`);
    const error = await failureOf('get', server.endpoint, server.ca);
    expect(error.message).toContain('https://x/');
    expect(error.message).not.toMatch(UNSAFE);
  });

  it('may be the reason phrase alone, as of a login', async () => {
    answer = (response) => response.writeHead(401, 'No ticket').end();
    expect((await failureOf('get', server.endpoint, server.ca)).message).toBe('cannot read /nodes: No ticket');
  });
});

it('R-46: nothing but the REST API is spoken: no program is run, and sockets are opened by the client alone', () => {
  const root = join(import.meta.dirname, '../..');
  const files = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.ts'),
  );
  const imports = files.map((name) => {
    const text = readFileSync(join(root, 'src', name), 'utf8');
    return {
      name,
      targets: [...text.matchAll(/(?:from|import|require)[ (]*'([^']+)'/g)].map(([, target]) => target ?? ''),
    };
  });
  const users = (pattern: RegExp): readonly string[] =>
    imports.flatMap(({ name, targets }) => (targets.some((target) => pattern.test(target)) ? [name] : [])).sort();
  expect(files.length).toBeGreaterThan(100);
  // The command of `pvevm up` is its user's own, and no way to Proxmox VE.
  const ofUsers = ['cli/up/run-command.ts'];
  expect(users(/^(?:node:)?(?:child_process|dgram|http2|worker_threads|cluster)$|^(?!\.).*ssh/)).toEqual(ofUsers);
  expect(users(/^(?:node:)?tls$/)).toEqual(['pve/connection/connection.ts', 'pve/connection/tunnel.ts']);
  expect(users(/^(?:node:)?https?$/).filter((name) => !name.startsWith('sandbox/'))).toEqual([]);
});
