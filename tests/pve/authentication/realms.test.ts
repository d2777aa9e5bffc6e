import nock from 'nock';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { listRealms, normalizeUsername } from '../../../src/pve/authentication/realms.ts';
import { createFakeClock } from '../fake-clock.ts';
import { nockFetch } from '../nock-fetch.ts';

beforeAll(() => nock.disableNetConnect());
afterAll(() => {
  nock.enableNetConnect();
  nock.restore();
});

it('lists the realms of a server without a login', async () => {
  nock('https://pve.test:8006', { badheaders: ['authorization', 'cookie'] })
    .get('/api2/json/access/domains')
    .reply(200, {
      data: [
        { realm: 'pam', type: 'pam', comment: 'Linux PAM standard authentication' },
        { realm: 'corp', type: 'ldap', default: 1, tfa: 'oath' },
      ],
    });
  expect(await listRealms('pve.test', { clock: createFakeClock(), fetch: nockFetch })).toEqual([
    { realm: 'pam', type: 'pam', default: false, comment: 'Linux PAM standard authentication' },
    { realm: 'corp', type: 'ldap', default: true, tfa: 'oath' },
  ]);
});

it.each([
  ['root', 'root@pam'],
  [' root ', 'root@pam'],
  ['anna@pve', 'anna@pve'],
  ['anna@example.test@corp', 'anna@example.test@corp'],
  ['', ''],
])('takes the user %j as %j', (given, expected) => {
  expect(normalizeUsername(given)).toBe(expected);
});
