import nock from 'nock';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { PvevmError } from '../../../src/core/error.ts';
import { exitNameOf } from '../../../src/core/exit-code.ts';
import type { Credentials } from '../../../src/pve/authentication/credentials.ts';
import { createPveClient } from '../../../src/pve/client.ts';
import type { PveClient } from '../../../src/pve/reader.ts';
import { createFakeClock, type FakeClock } from '../fake-clock.ts';
import { nockFetch } from '../nock-fetch.ts';

const ENDPOINT = 'https://pve.test:8006';
const PASSWORD = 'correct horse';
const HOUR = 60 * 60 * 1000;

function ticket(name: string): string {
  return `PVE:root@pam:6B0099F0::${name}+/==`;
}

function answer(name: string): { readonly data: object } {
  return { data: { username: 'root@pam', ticket: ticket(name), CSRFPreventionToken: `6B0099F0:csrf-${name}` } };
}

/** Expects a login with a secret, and gives a ticket of that name. */
function login(name: string, password = PASSWORD): void {
  nock(ENDPOINT)
    .post('/api2/json/access/ticket', { username: 'root@pam', password, 'new-format': 1 })
    .reply(200, answer(name));
}

function read(name: string, status = 200): nock.Scope {
  return nock(ENDPOINT, { reqheaders: { cookie: `PVEAuthCookie=${encodeURIComponent(ticket(name))}` } })
    .get('/api2/json/version')
    .reply(status, status === 200 ? { data: name } : '');
}

function client(credentials: Partial<Credentials & { type: 'password' }> = {}, clock?: FakeClock): PveClient {
  return createPveClient({
    endpoint: ENDPOINT,
    credentials: { type: 'password', username: 'root', password: PASSWORD, ...credentials },
    clock: clock ?? createFakeClock(),
    fetch: nockFetch,
  });
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
});
afterAll(() => {
  nock.enableNetConnect();
  nock.restore();
});

describe('a user and password', () => {
  it('are exchanged for a ticket before the first request, and a user without a realm is @pam', async () => {
    login('one');
    read('one');
    const pve = client();
    expect(pve.user).toBe('root@pam');
    expect(await pve.get('/version')).toBe('one');
  });

  it('are sent once, though sixteen requests start at the same time', async () => {
    login('one');
    nock(ENDPOINT).get('/api2/json/version').times(16).reply(200, { data: 1 });
    const pve = client();
    const requests = Array.from({ length: 16 }, () => pve.get('/version'));
    for (const request of requests) expect(await request).toBe(1);
  });

  it('are followed by the CSRF token on writes, and only there', async () => {
    login('one');
    nock(ENDPOINT, { badheaders: ['csrfpreventiontoken', 'authorization'] })
      .get('/api2/json/version')
      .reply(200, { data: 1 });
    const writes = nock(ENDPOINT, { reqheaders: { csrfpreventiontoken: '6B0099F0:csrf-one' } });
    writes.post('/api2/json/x').reply(200, { data: 'post' });
    writes.put('/api2/json/x').reply(200, { data: 'put' });
    writes.delete('/api2/json/x').reply(200, { data: 'delete' });
    const pve = client();
    await pve.get('/version');
    expect([await pve.post('/x'), await pve.put('/x'), await pve.delete('/x')]).toEqual(['post', 'put', 'delete']);
  });

  it.each(['', 'a b', 'root@', 'root@pam:x'])('cannot be used with the user name %j', (username) => {
    expect(() => client({ username })).toThrow(expect.objectContaining({ code: 'CONFIG' }));
  });

  it('cannot be used with an empty password', () => {
    expect(() => client({ password: '' })).toThrow(expect.objectContaining({ code: 'CONFIG' }));
  });
});

describe('R-47: a ticket', () => {
  it('is renewed with itself after an hour, before it expires, and not earlier', async () => {
    const clock = createFakeClock();
    const pve = client({}, clock);
    login('one');
    read('one');
    await pve.get('/version');
    await clock.sleep(HOUR - 1);
    read('one');
    await pve.get('/version');
    await clock.sleep(1);
    login('two', ticket('one'));
    read('two');
    expect(await pve.get('/version')).toBe('two');
  });

  it('is replaced by a login with the password where the old ticket no longer serves', async () => {
    const clock = createFakeClock();
    const pve = client({}, clock);
    login('one');
    read('one');
    await pve.get('/version');
    await clock.sleep(HOUR);
    nock(ENDPOINT)
      .post('/api2/json/access/ticket')
      .reply(401)
      .get('/api2/json/access/domains')
      .reply(200, { data: [] });
    login('two');
    read('two');
    expect(await pve.get('/version')).toBe('two');
  });

  it('that has surely expired is not offered for renewal', async () => {
    const clock = createFakeClock();
    const pve = client({}, clock);
    login('one');
    read('one');
    await pve.get('/version');
    await clock.sleep(2 * HOUR);
    login('two');
    read('two');
    expect(await pve.get('/version')).toBe('two');
  });

  it('that the server refuses leads to one new login and the same request once more', async () => {
    login('one');
    read('one', 401);
    login('two');
    read('two');
    expect(await client().get('/version')).toBe('two');
  });

  it('that the server refuses on a write does so too, as with an invalid CSRF token', async () => {
    login('one');
    nock(ENDPOINT).put('/api2/json/x', { a: 1 }).reply(401);
    login('two');
    nock(ENDPOINT, { reqheaders: { csrfpreventiontoken: '6B0099F0:csrf-two' } })
      .put('/api2/json/x', { a: 1 })
      .reply(200, { data: 'done' });
    expect(await client().put('/x', { params: { a: 1 } })).toBe('done');
  });

  it('leads to one new login, though many requests were refused with it', async () => {
    login('one');
    nock(ENDPOINT).get('/api2/json/version').times(5).reply(401);
    login('two');
    for (let count = 0; count < 5; count += 1) read('two');
    const pve = client();
    const requests = Array.from({ length: 5 }, () => pve.get('/version'));
    for (const request of requests) expect(await request).toBe('two');
  });

  it('that is refused twice is an error, and no third login follows', async () => {
    login('one');
    read('one', 401);
    login('two');
    read('two', 401);
    const error = await failureOf(client().get('/version'));
    expect(error).toMatchObject({ code: 'AUTHENTICATION', status: 401 });
    expect(error.hints[0]).toContain('clocks of the nodes');
  });
});

describe('a login that is refused', () => {
  it('is reported at once, with the realms that the server knows, and never tried again', async () => {
    nock(ENDPOINT)
      .post('/api2/json/access/ticket')
      .reply(401, { data: null, message: 'authentication failure\n' })
      .get('/api2/json/access/domains')
      .reply(200, {
        data: [
          { realm: 'pve', type: 'pve' },
          { realm: 'pam', type: 'pam' },
        ],
      });
    const pve = client();
    const error = await failureOf(pve.get('/version'));
    expect(error).toMatchObject({
      code: 'AUTHENTICATION',
      message: 'cannot log in as root@pam: authentication failure',
      hints: [expect.stringContaining('realm'), 'This server knows the realms pam, pve.'],
    });
    expect(exitNameOf(error.code)).toBe('access');
    await expect(pve.get('/version')).rejects.toBe(error);
  });

  it('names a realm that the server does not have', async () => {
    nock(ENDPOINT)
      .post('/api2/json/access/ticket')
      .reply(401)
      .get('/api2/json/access/domains')
      .reply(200, { data: [{ realm: 'pam', type: 'pam' }] });
    const error = await failureOf(client({ username: 'anna@ldap' }).get('/version'));
    expect(error.hints).toEqual(['There is no realm ldap. This server knows the realms pam.']);
  });

  it('stays the error where the realms cannot be read', async () => {
    nock(ENDPOINT).post('/api2/json/access/ticket').reply(401).get('/api2/json/access/domains').reply(500);
    await expect(client().get('/version')).rejects.toMatchObject({ code: 'AUTHENTICATION' });
  });
});

describe('a second factor', () => {
  function challenge(factors: object): string {
    const half = `PVE:!tfa!${encodeURIComponent(JSON.stringify(factors))}:6B0099F0::c2ln`;
    nock(ENDPOINT)
      .post('/api2/json/access/ticket', { username: 'root@pam', password: PASSWORD, 'new-format': 1 })
      .reply(200, { data: { username: 'root@pam', ticket: half, CSRFPreventionToken: 'half', NeedTFA: 1 } });
    return half;
  }
  function respond(half: string, password: string): nock.Interceptor {
    const body = { username: 'root@pam', password, 'tfa-challenge': half, 'new-format': 1 };
    return nock(ENDPOINT).post('/api2/json/access/ticket', body);
  }

  it('is answered with the code that was given', async () => {
    respond(challenge({ totp: true }), 'totp:123456').reply(200, answer('one'));
    read('one');
    expect(await client({ otp: '123456' }).get('/version')).toBe('one');
  });

  it('takes the given code once, and asks for another later', async () => {
    const asked: string[] = [];
    const pve = client({
      otp: '123456',
      askOtp: async () => {
        asked.push('asked');
        return 'ab12-cd34';
      },
    });
    const factors = { totp: true, recovery: [1] };
    respond(challenge(factors), 'totp:123456').reply(200, answer('one'));
    read('one', 401);
    respond(challenge(factors), 'recovery:ab12-cd34').reply(200, answer('two'));
    read('two');
    expect(await pve.get('/version')).toBe('two');
    expect(asked).toEqual(['asked']);
  });

  it('without a code is an error that says what to do', async () => {
    challenge({ totp: true });
    const error = await failureOf(client().get('/version'));
    expect(error).toMatchObject({
      code: 'AUTHENTICATION',
      message: 'cannot log in as root@pam: it has a second factor, and no one-time code was given',
      hints: ['Give a one-time code.', 'Or use an API token, which needs no second factor.'],
    });
    expect(exitNameOf(error.code)).toBe('access');
  });

  it('with a wrong code is an error, and the code is not shown', async () => {
    respond(challenge({ totp: true }), 'totp:987654').reply(401, { data: null, message: 'bad code 987654\n' });
    const error = await failureOf(client({ otp: '987654' }).get('/version'));
    expect(error).toMatchObject({
      code: 'AUTHENTICATION',
      message: 'cannot log in as root@pam: the one-time code was refused',
    });
    expect(JSON.stringify([error, error.message, String(error.cause)])).not.toContain('987654');
  });

  it('that only a browser can answer is an error that advises an API token', async () => {
    challenge({ totp: false, recovery: 'unavailable', webauthn: { publicKey: {} } });
    const error = await failureOf(client({ otp: '123456' }).get('/version'));
    expect(error.message).toContain('WebAuthn');
    expect(error.hints[0]).toContain('API token');
  });
});

describe('a given ticket', () => {
  function withTicket(given: string, csrfToken?: string): PveClient {
    const credentials: Credentials = {
      type: 'ticket',
      ticket: given,
      ...(csrfToken === undefined ? {} : { csrfToken }),
    };
    return createPveClient({ endpoint: ENDPOINT, credentials, clock: createFakeClock(), fetch: nockFetch });
  }

  it.each([ticket('one'), encodeURIComponent(ticket('one'))])('signs requests, spelt %s', async (given) => {
    read('one');
    const pve = withTicket(given);
    expect(pve.user).toBe('root@pam');
    expect(await pve.get('/version')).toBe('one');
  });

  it('signs writes with its CSRF token, and refuses them without one before anything is sent', async () => {
    nock(ENDPOINT, { reqheaders: { csrfpreventiontoken: '6B0099F0:abc' } })
      .post('/api2/json/x')
      .reply(200, { data: 'done' });
    expect(await withTicket(ticket('one'), '6B0099F0:abc').post('/x')).toBe('done');
    await expect(withTicket(ticket('one')).post('/x')).rejects.toMatchObject({ code: 'CONFIG' });
  });

  it('that has expired is an error that says so, and nothing is sent again', async () => {
    read('one', 401);
    const error = await failureOf(withTicket(ticket('one')).get('/version'));
    expect(error).toMatchObject({ code: 'AUTHENTICATION', status: 401 });
    expect(error.hints[0]).toContain('valid for two hours');
  });

  it.each([`${ticket('one')}\nx: y`, 'PVE:!tfa!%7B%7D:6B0099F0::c2ln', 'PVEVNC:6B0099F0::c2ln', ''])(
    'of the form %j is refused before any request, and not repeated',
    (given) => {
      expect(() => withTicket(given)).toThrow(
        expect.objectContaining({ code: 'CONFIG', message: expect.not.stringContaining('6B0099F0') }),
      );
    },
  );
});

describe('R-48: secrets', () => {
  it('of a login appear in no part of an error, though the server repeats them', async () => {
    nock(ENDPOINT)
      .post('/api2/json/access/ticket')
      .reply(500, { data: null, message: `no way, ${PASSWORD}\n` });
    const error = await failureOf(client().get('/version'));
    expect(error.message).toContain('no way, ********');
    expect(JSON.stringify([error, error.message])).not.toContain(PASSWORD);
  });

  it('of a ticket appear in no part of an error', async () => {
    login('one');
    nock(ENDPOINT)
      .put('/api2/json/x')
      .reply(400, { data: null, message: `bad ${ticket('one')} 6B0099F0:csrf-one ${PASSWORD}` });
    const error = await failureOf(client().put('/x'));
    expect(error.message).toBe('cannot write /x: bad ******** ******** ********');
  });

  it('appear in no cause either', async () => {
    login('one');
    nock(ENDPOINT)
      .put('/api2/json/x')
      .replyWithError(new Error(`odd: 6B0099F0:csrf-one`, { cause: new Error(PASSWORD) }));
    const error = await failureOf(client().put('/x'));
    expect(error.cause).toBeInstanceOf(Error);
    expect(String(error.cause)).not.toMatch(/csrf-one|correct horse/);
  });
});

it('stops waiting for a login when it is interrupted, and the login serves the next request', async () => {
  login('one');
  read('one');
  const abort = new AbortController();
  const pve = client();
  const reading = pve.get('/version', { signal: abort.signal });
  abort.abort(new Error('stop'));
  await expect(reading).rejects.toMatchObject({ code: 'INTERRUPTED' });
  expect(await pve.get('/version')).toBe('one');
});

describe('a token that is none', () => {
  const SECRET = '12345678-1234-1234-1234-123456789abc';

  it.each([
    [`"root@pam!ci=${SECRET}"`, 'Leave out the quotation marks around it.'],
    [`PVEAPIToken=root@pam!ci=${SECRET}`, 'Leave out PVEAPIToken= before it.'],
    [SECRET, 'It seems to be the secret alone: put user@realm!name= before it.'],
    ['root@pam!ci', 'Its secret is missing: put = and the secret after it.'],
    [`root@pam=${SECRET}`, 'The name of the token is missing: it stands between ! and =.'],
    [`# mine\nroot@pam!ci=${SECRET}`, 'There are blanks or several lines in it: leave in only the token.'],
    ['', 'It is empty.'],
  ])('is refused with what it seems to be: %j', (token, hint) => {
    const make = (): PveClient => createPveClient({ endpoint: ENDPOINT, credentials: { type: 'token', token } });
    expect(make).toThrow(expect.objectContaining({ code: 'CONFIG', hints: [hint, expect.any(String)] }));
  });
});
