import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Api, startApi } from './api.ts';

let api: Api;
let authorization = '';
beforeAll(async () => {
  api = await startApi();
  authorization = `PVEAPIToken=${api.sandbox.token}`;
  await api.data('POST', '/pools', { poolid: 'p1' });
});
afterAll(() => api.sandbox.close());

const form = (body: string) => ({ authorization, contentType: 'application/x-www-form-urlencoded', body });
const json = (body: string) => ({ authorization, contentType: 'application/json', body });
const commentOfPool = async (): Promise<unknown> =>
  ((await api.data('GET', '/pools/p1')) as { comment?: string }).comment;

it('answers with the headers and content type of the real API', async () => {
  const answer = await api.raw('GET', '/api2/json/version', { authorization });
  expect(answer.status).toBe(200);
  expect(answer.headers).toMatchObject({
    'content-type': 'application/json;charset=UTF-8',
    'cache-control': 'max-age=0',
    pragma: 'no-cache',
    server: 'pve-api-daemon/3.0',
    connection: 'Keep-Alive',
  });
  expect(JSON.parse(answer.text)).toEqual({ data: { version: '9.2.11', release: '9.2', repoid: '14a22df35955d97d' } });
});

it('closes the connection after an error, whose reason phrase is the first line of its message', async () => {
  const answer = await api.raw('GET', '/api2/json/pools/nope', { authorization });
  expect(answer).toMatchObject({ status: 500, reason: "pool 'nope' does not exist" });
  expect(answer.headers.connection).toBe('close');
  expect(JSON.parse(answer.text)).toEqual({ data: null, message: "pool 'nope' does not exist\n" });
});

describe('login', () => {
  it.each([
    ['nothing', undefined, 'No ticket'],
    ['an empty header', '', 'No ticket'],
    ['another scheme', 'Bearer abc', 'No ticket'],
    ['a wrong secret', 'PVEAPIToken=root@pam!sandbox=00000000-0000-0000-0000-000000000000', 'Authentication failed!'],
    ['an unknown token', 'PVEAPIToken=root@pam!nope=00000000-0000-0000-0000-000000000000', 'Authentication failed!'],
    ['garbage', 'PVEAPIToken=garbage', 'Authentication failed!'],
  ])('refuses %s with 401 and an empty body', async (_what, given, reason) => {
    const answer = await api.raw('GET', '/api2/json/nodes', given === undefined ? {} : { authorization: given });
    expect(answer).toMatchObject({ status: 401, reason, text: '' });
  });

  it('takes a blank in place of the first equals sign', async () => {
    const answer = await api.raw('GET', '/api2/json/version', { authorization: `PVEAPIToken ${api.sandbox.token}` });
    expect(answer.status).toBe(200);
  });
});

describe('bodies', () => {
  it('splits a form at semicolons too, and cuts a value at its second equals sign', async () => {
    await api.raw('PUT', '/api2/json/pools/p1', form('comment=a=b;allow-move=0'));
    expect(await commentOfPool()).toBe('a');
  });

  it('decodes plus signs, percent signs and UTF-8 in a form', async () => {
    await api.raw('PUT', '/api2/json/pools/p1', form('comment=plus+space%2Bplus+%C3%BC'));
    expect(await commentOfPool()).toBe('plus space+plus ü');
  });

  it('lets the query win over the body', async () => {
    await api.raw('PUT', '/api2/json/pools/p1?comment=query', form('comment=body'));
    expect(await commentOfPool()).toBe('query');
  });

  it('takes JSON, with true as 1 and null as absent', async () => {
    await api.raw('PUT', '/api2/json/pools/p1', json('{"comment":"json","storage":["local","cephfs"],"vms":null}'));
    const pool = (await api.data('GET', '/pools/p1')) as { comment: string; members: readonly { storage: string }[] };
    expect(pool.comment).toBe('json');
    expect(pool.members.map(({ storage }) => storage).sort()).toEqual(['cephfs', 'local']);
    await api.raw('PUT', '/api2/json/pools/p1', json('{"storage":"local,cephfs","delete":true}'));
    expect(await api.data('GET', '/pools/p1')).toMatchObject({ members: [] });
  });

  it('refuses a repeated name for a single value', async () => {
    const answer = await api.raw('POST', '/api2/json/nodes/pve1/qemu', form('vmid=100&cores=6&cores=7'));
    expect(JSON.parse(answer.text).errors).toEqual({ cores: "type check ('integer') failed - got ARRAY" });
  });

  it.each([
    ['broken JSON', 'PUT', json('{bad json'), 500, `'"' expected, at character offset 1 (before "bad json")`],
    ['JSON that is no object', 'PUT', json('[1]'), 500, 'Not a HASH reference'],
    [
      'another content type',
      'PUT',
      { authorization: 'x', contentType: 'text/plain', body: 'comment=a' },
      506,
      "upload 'Content-Type 'text/plain' not implemented",
    ],
    ['a body on DELETE', 'DELETE', form('purge=1'), 501, "Unexpected content for method 'DELETE'"],
    ['too large a body', 'PUT', form(`comment=${'x'.repeat(600_000)}`), 501, 'for data too large'],
  ])('refuses %s in plain text', async (_what, method, options, status, text) => {
    const answer = await api.raw(method, '/api2/json/pools/p1', { ...options, authorization });
    expect(answer.status).toBe(status);
    expect(answer.text).toContain(text);
    expect(answer.headers['content-type']).toBeUndefined();
  });
});

it('leaves out the parameter that browsers add against caches', async () => {
  expect((await api.raw('GET', '/api2/json/version?_dc=1', { authorization })).status).toBe(200);
  expect((await api.raw('GET', '/api2/json/version?x=1', { authorization })).status).toBe(400);
});

it('sends no length with an empty body', async () => {
  const answer = await api.raw('HEAD', '/api2/json/version', { authorization });
  expect(answer.headers['content-length']).toBeUndefined();
  expect(answer.headers['transfer-encoding']).toBeUndefined();
});

describe('addresses', () => {
  it.each([
    ['GET', '/api2/json/doesnotexist', 501, "Method 'GET /doesnotexist' not implemented"],
    ['POST', '/api2/json/version', 501, "Method 'POST /version' not implemented"],
    ['GET', '/api2/xyz/version', 501, 'no formatter for uri /version, xyz'],
    ['GET', '/api2/', 501, 'no such uri'],
    ['GET', '/nope', 500, "no such file '/nope'"],
    ['HEAD', '/api2/json/version', 501, "method 'HEAD' not available"],
    ['PATCH', '/api2/json/version', 501, "method 'PATCH' not available"],
  ])('%s %s answers %i', async (method, path, status, reason) => {
    expect(await api.raw(method, path, { authorization })).toMatchObject({ status, reason });
  });

  it('says of a call that exists and is not built that it is not built', async () => {
    const { status, body } = await api.call('GET', '/nodes/pve1/lxc/100');
    expect(status).toBe(501);
    expect(body.message).toBe("Method 'GET /nodes/pve1/lxc/100' is not built in the sandbox");
  });

  it('takes a slash at the end', async () => {
    expect((await api.raw('GET', '/api2/json/version/', { authorization })).status).toBe(200);
  });

  it('names an unknown node as a failed look-up', async () => {
    const { status, body } = await api.call('GET', '/nodes/other/status');
    expect(status).toBe(500);
    expect(body.message).toContain("hostname lookup 'other' failed");
  });

  it('answers 200 with success in the extjs format, for errors too', async () => {
    const good = await api.raw('GET', '/api2/extjs/version', { authorization });
    expect(JSON.parse(good.text)).toMatchObject({ success: 1, data: { release: '9.2' } });
    const bad = await api.raw('POST', '/api2/extjs/nodes/pve1/qemu', form('vmid=abc'));
    expect(bad.status).toBe(200);
    expect(JSON.parse(bad.text)).toEqual({
      success: 0,
      status: '400',
      data: null,
      message: 'Parameter verification failed.\n',
      errors: { vmid: "type check ('integer') failed - got 'abc'" },
    });
  });
});
