import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { totpCode } from '../../../src/sandbox/access/totp.ts';
import { type Api, startApi, type WireAnswer } from '../api.ts';

const SECRET = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ';
const HOUR_MS = 3_600_000;

let api: Api;
let now = 0;
let slept: number[] = [];
beforeEach(async () => {
  now = 1_790_000_000_000;
  slept = [];
  const clock = {
    now: () => now,
    sleep: async (milliseconds: number) => {
      slept.push(milliseconds);
    },
  };
  api = await startApi({ world: 'recorded', clock, authDelayMs: 3000 });
});
afterEach(() => api.sandbox.close());

interface Login {
  readonly ticket: string;
  readonly CSRFPreventionToken: string;
  readonly username: string;
  readonly NeedTFA?: number;
  readonly cap?: Readonly<Record<string, object>>;
}

const post = (params: object): Promise<WireAnswer> =>
  api.raw('POST', '/api2/json/access/ticket', { contentType: 'application/json', body: JSON.stringify(params) });

async function login(username = 'root@pam', password = 'oracle-pass', more: object = {}): Promise<Login> {
  const answer = await post({ username, password, ...more });
  expect(answer).toMatchObject({ status: 200 });
  return JSON.parse(answer.text).data;
}

const cookie = ({ ticket }: Pick<Login, 'ticket'>) => ({ cookie: `PVEAuthCookie=${encodeURIComponent(ticket)}` });
const get = (headers: Record<string, string>) => api.raw('GET', '/api2/json/version', { headers });

describe('a ticket', () => {
  it('has the form of Proxmox VE’s, and comes with a CSRF token and what the user may do', async () => {
    const { ticket, CSRFPreventionToken, username, cap } = await login();
    const time = Math.floor(now / 1000)
      .toString(16)
      .toUpperCase();
    expect(ticket).toMatch(new RegExp(`^PVE:root@pam:${time}::[A-Za-z0-9+/=]+$`));
    expect(CSRFPreventionToken).toMatch(new RegExp(`^${time}:[A-Za-z0-9+/]{43}$`));
    expect(username).toBe('root@pam');
    expect(Object.keys(cap ?? {}).sort()).toEqual(['access', 'dc', 'mapping', 'nodes', 'sdn', 'storage', 'vms']);
    const limited = await login('limited@pve', 'limited-pass');
    expect(limited.cap).toMatchObject({ access: {}, nodes: { 'Sys.Audit': 1 } });
  });

  it('is taken from the cookie and from the Authorization header, the cookie first', async () => {
    const { ticket } = await login();
    expect((await get(cookie({ ticket }))).status).toBe(200);
    expect((await get({ authorization: `PVEAuthCookie=${encodeURIComponent(ticket)}` })).status).toBe(200);
    const token = `PVEAPIToken=${api.sandbox.token}`;
    expect((await get({ authorization: token })).status).toBe(200);
    expect((await get({ authorization: token, ...cookie({ ticket: 'PVE:root@pam:00000000::x' }) })).status).toBe(401);
  });

  it('that was changed is refused, with no body', async () => {
    const { ticket } = await login('limited@pve', 'limited-pass');
    const answer = await get(cookie({ ticket: ticket.replace('limited@pve', 'root@pam') }));
    expect(answer).toMatchObject({ status: 401, reason: 'Authentication failed!', text: '' });
    expect(answer.headers['content-length']).toBeUndefined();
  });

  it('is good for two hours, and can be renewed until then', async () => {
    const { ticket } = await login();
    now += 2 * HOUR_MS - 1000;
    expect((await get(cookie({ ticket }))).status).toBe(200);
    const renewed = await login('root@pam', ticket);
    now += 1000;
    expect((await get(cookie({ ticket }))).status).toBe(401);
    expect((await get(cookie(renewed))).status).toBe(200);
    expect((await post({ username: 'root@pam', password: ticket })).status).toBe(401);
  });

  it('from more than five minutes in the future is refused', async () => {
    const { ticket } = await login();
    now -= 299_000;
    expect((await get(cookie({ ticket }))).status).toBe(200);
    now -= 1000;
    expect((await get(cookie({ ticket }))).status).toBe(401);
  });

  it('is for its own user only, but root@pam’s is for anybody', async () => {
    const limited = await login('limited@pve', 'limited-pass');
    expect((await post({ username: 'root@pam', password: limited.ticket })).status).toBe(401);
    const root = await login();
    expect((await login('limited@pve', root.ticket)).username).toBe('limited@pve');
  });

  it('survives a reload of the files', async () => {
    const { ticket } = await login();
    api.sandbox.reload();
    expect((await get(cookie({ ticket }))).status).toBe(200);
  });
});

describe('a write with a ticket', () => {
  const write = (headers: Record<string, string>) =>
    api.raw('POST', '/api2/json/pools', { headers, contentType: 'application/json', body: '{"poolid":"p"}' });

  it('needs the CSRF token of the same user', async () => {
    const root = await login();
    const limited = await login('limited@pve', 'limited-pass');
    const refused = { status: 401, reason: 'Permission denied - invalid csrf token', text: '' };
    expect(await write(cookie(root))).toMatchObject(refused);
    expect(await write({ ...cookie(root), csrfpreventiontoken: limited.CSRFPreventionToken })).toMatchObject(refused);
    expect((await write({ ...cookie(root), csrfpreventiontoken: root.CSRFPreventionToken })).status).toBe(200);
  });

  it('may do as root@pam what no token of root may', async () => {
    const root = await login();
    const create = async (headers: Record<string, string>) => {
      const body = JSON.stringify({ vmid: 100, args: '-device foo' });
      return api.raw('POST', '/api2/json/nodes/pve1/qemu', { headers, contentType: 'application/json', body });
    };
    const byToken = await create({ authorization: `PVEAPIToken=${api.sandbox.token}` });
    expect(byToken).toMatchObject({ status: 500, reason: "only root can set 'args' config" });
    const byTicket = await create({ ...cookie(root), csrfpreventiontoken: root.CSRFPreventionToken });
    expect(byTicket.status).toBe(200);
    expect(JSON.parse(byTicket.text).data).toMatch(/:qmcreate:100:root@pam:$/);
  });
});

describe('a login that fails', () => {
  it.each([
    ['a wrong password', { username: 'root@pam', password: 'wrong' }],
    ['an unknown user', { username: 'nobody@pve', password: 'wrong' }],
    ['a user without its realm', { username: 'root', password: 'oracle-pass' }],
    ['an unknown realm', { username: 'root', realm: 'nope', password: 'oracle-pass' }],
  ])('for %s answers 401 in JSON after the delay, and says no more', async (_what, params) => {
    const answer = await post(params);
    expect(answer).toMatchObject({ status: 401, reason: 'authentication failure' });
    expect(JSON.parse(answer.text)).toEqual({ data: null, message: 'authentication failure\n' });
    expect(slept).toEqual([3000]);
  });

  it('for a disabled user also ends its tickets', async () => {
    const limited = await login('limited@pve', 'limited-pass');
    await api.data('PUT', '/access/users/limited@pve', { enable: 0 });
    expect((await post({ username: 'limited@pve', password: 'limited-pass' })).status).toBe(401);
    expect((await get(cookie(limited))).status).toBe(401);
  });
});

it('takes the realm as a parameter of its own', async () => {
  expect((await login('root', 'oracle-pass', { realm: 'pam' })).username).toBe('root@pam');
});

it('checks a privilege instead of making a ticket where it is asked to', async () => {
  const asked = { username: 'limited@pve', password: 'limited-pass', path: '/vms' };
  const good = await post({ ...asked, privs: 'VM.Audit' });
  expect(JSON.parse(good.text).data).not.toHaveProperty('ticket');
  expect((await post({ ...asked, privs: 'VM.Allocate' })).status).toBe(401);
});

it('names the cluster to those who may know it', async () => {
  await api.sandbox.close();
  api = await startApi();
  const answer = await post({ username: 'root@pam', password: 'sandbox' });
  expect(JSON.parse(answer.text).data).toMatchObject({ clustername: 'sandbox' });
});

describe('a user with a second factor', () => {
  beforeEach(() => api.sandbox.setTotp('root@pam', SECRET));

  it('gets first a ticket that is good for nothing but to answer with a code', async () => {
    const first = await login();
    expect(first).toMatchObject({ NeedTFA: 1 });
    expect(first).not.toHaveProperty('cap');
    expect(decodeURIComponent(first.ticket)).toMatch(/^PVE:!tfa!\{"totp":true\}:[0-9A-F]{8}::/);
    expect((await get(cookie(first))).status).toBe(401);
    const code = `totp:${totpCode(SECRET, now)}`;
    const second = await login('root@pam', code, { 'tfa-challenge': first.ticket });
    expect(second).not.toHaveProperty('NeedTFA');
    expect((await get(cookie(second))).status).toBe(200);
  });

  it('cannot answer for another user, with a wrong code, or twice with one', async () => {
    const { ticket } = await login();
    const code = `totp:${totpCode(SECRET, now)}`;
    const status = async (username: string, password: string) =>
      (await post({ username, password, 'tfa-challenge': ticket })).status;
    expect(await status('limited@pve', code)).toBe(401);
    expect(await status('root@pam', 'totp:000000')).toBe(401);
    expect(await status('root@pam', code)).toBe(200);
    expect(await status('root@pam', code)).toBe(401);
  });

  it('may give the code at once', async () => {
    const otp = `totp:${totpCode(SECRET, now)}`;
    expect(await login('root@pam', 'oracle-pass', { otp })).not.toHaveProperty('NeedTFA');
    expect((await post({ username: 'root@pam', password: 'oracle-pass', otp: 'totp:1' })).status).toBe(401);
  });

  it('needs no code for a renewal', async () => {
    const { ticket } = await login('root@pam', 'oracle-pass', { otp: `totp:${totpCode(SECRET, now)}` });
    expect(await login('root@pam', ticket)).not.toHaveProperty('NeedTFA');
  });

  it('is listed as one', async () => {
    expect(await api.data('GET', '/access/tfa')).toMatchObject([{ userid: 'root@pam', entries: [{ type: 'totp' }] }]);
  });
});

it('dates its answers by the clock of the sandbox', async () => {
  const { headers } = await get({});
  expect([headers.date, headers.expires]).toEqual([new Date(now).toUTCString(), new Date(now).toUTCString()]);
});

it('has the certificate that it shows among those of its nodes, and the fingerprint in the list of nodes', async () => {
  const rows = (await api.data('GET', '/nodes/pve1/certificates/info')) as readonly Record<string, unknown>[];
  expect(rows.map(({ filename }) => filename)).toEqual(['pve-root-ca.pem', 'pve-ssl.pem']);
  expect(rows[1]).toMatchObject({
    pem: api.sandbox.ca,
    fingerprint: api.sandbox.fingerprint,
    subject: '/CN=localhost',
    san: ['localhost', '127.0.0.1'],
    'public-key-type': 'id-ecPublicKey',
  });
  expect(Number(rows[1]?.['notafter'])).toBeGreaterThan(Number(rows[1]?.['notbefore']));
  expect(await api.data('GET', '/nodes')).toMatchObject([{ ssl_fingerprint: api.sandbox.fingerprint }]);
});

it('tells the time of a node', async () => {
  const time = Math.floor(now / 1000);
  expect(await api.data('GET', '/nodes/pve1/time')).toEqual({ timezone: 'UTC', time, localtime: time });
});
