import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Api, startApi } from '../api.ts';

let api: Api;
beforeEach(async () => {
  api = await startApi({ world: 'recorded' });
  await api.data('POST', '/access/users', { userid: 'al@pve', password: 'alicepass', comment: 'c ü' });
});
afterEach(() => api.sandbox.close());

const refusal = async (method: string, path: string, params: object = {}) => {
  const { status, body } = await api.call(method, path, params);
  return [status, body.errors ?? body.message];
};
const tokenOf = async (id: string, params: object = {}): Promise<string> => {
  const [userid, name] = id.split('!');
  const made = (await api.data('POST', `/access/users/${userid}/token/${name}`, params)) as { value: string };
  return `${id}=${made.value}`;
};

describe('users', () => {
  it('are read with empty groups and no tokens as null', async () => {
    expect(await api.data('GET', '/access/users/al@pve')).toEqual({
      ...{ enable: 1, expire: 0, comment: 'c ü', email: '', groups: [], tokens: null },
    });
  });

  it.each([
    [{ userid: 'al@pve' }, 500, "create user failed: user 'al@pve' already exists\n"],
    [{ userid: 'bo' }, 500, "user name 'bo' is too short\n"],
    [{ userid: 'bob' }, 500, "value 'bob' does not look like a valid user name\n"],
    [{ userid: 'bo@pve', password: 'x' }, 400, { password: 'value must be at least 8 characters long' }],
    [
      { userid: 'bo@pve', email: 'bad' },
      400,
      { email: 'invalid format - value does not look like a valid email address\n' },
    ],
    [{ userid: 'bo@pve', groups: 'nope' }, 500, "create user failed: no such group 'nope'\n"],
    [{ userid: 'bo@nope', password: 'longenough' }, 500, "create user failed: auth domain 'nope' does not exist\n"],
  ])('are not made from %j', async (params, status, message) => {
    expect(await refusal('POST', '/access/users', params)).toEqual([status, message]);
    expect(await api.data('GET', '/access/users')).toHaveLength(3);
  });

  it('take new groups in place of the old ones, unless these are added', async () => {
    for (const groupid of ['a', 'b']) await api.data('POST', '/access/groups', { groupid });
    const groups = async (params: object) => {
      await api.data('PUT', '/access/users/al@pve', params);
      return ((await api.data('GET', '/access/users/al@pve')) as { groups: unknown }).groups;
    };
    expect(await groups({ groups: 'a' })).toEqual(['a']);
    expect(await groups({ groups: 'b', append: 1 })).toEqual(['a', 'b']);
    expect(await groups({ comment: 'x' })).toEqual(['a', 'b']);
    expect(await groups({ groups: 'b' })).toEqual(['b']);
    expect(await api.data('GET', '/access/groups/b')).toEqual({ members: ['al@pve'] });
  });

  it('that are not there are named as such', async () => {
    const expected = [500, "no such user ('no@pve')\n"];
    for (const method of ['GET', 'PUT', 'DELETE'])
      expect(await refusal(method, '/access/users/no@pve')).toEqual(expected);
  });

  it('take their tokens and rules with them', async () => {
    const token = await tokenOf('al@pve!tk');
    await api.data('PUT', '/access/acl', { path: '/', roles: 'PVEAdmin', users: 'al@pve', tokens: 'al@pve!tk' });
    expect((await api.call('GET', '/version', {}, token)).status).toBe(200);
    await api.data('DELETE', '/access/users/al@pve');
    expect((await api.call('GET', '/version', {}, token)).status).toBe(401);
    expect(readFileSync(join(api.sandbox.directory, 'user.cfg'), 'utf8')).not.toContain('al@pve');
    expect(readFileSync(join(api.sandbox.directory, 'priv/token.cfg'), 'utf8')).not.toContain('al@pve');
  });
});

describe('tokens', () => {
  it('tell their secret once, and what was given as text', async () => {
    const made = await api.data('POST', '/access/users/al@pve/token/tk', { privsep: 0, expire: 0, comment: 'ci' });
    expect(made).toEqual({
      'full-tokenid': 'al@pve!tk',
      value: expect.stringMatching(/^[0-9a-f-]{36}$/),
      info: { privsep: '0', expire: '0', comment: 'ci' },
    });
    expect(await api.data('GET', '/access/users/al@pve/token/tk')).toEqual({ privsep: 0, expire: 0, comment: 'ci' });
    expect(await refusal('POST', '/access/users/al@pve/token/tk')).toEqual([400, { tokenid: 'Token already exists.' }]);
    expect(await refusal('GET', '/access/users/al@pve/token/xx')).toEqual([
      ...[500, "no such token 'xx' for user 'al@pve'\n"],
    ]);
  });

  it('get a new secret on demand, and the old one is void', async () => {
    const old = await tokenOf('al@pve!tk');
    const { value } = (await api.data('PUT', '/access/users/al@pve/token/tk', { regenerate: 1 })) as { value: string };
    expect((await api.call('GET', '/version', {}, old)).status).toBe(401);
    expect((await api.call('GET', '/version', {}, `al@pve!tk=${value}`)).status).toBe(200);
  });

  it('expire', async () => {
    expect((await api.call('GET', '/version', {}, await tokenOf('al@pve!old', { expire: 1 }))).status).toBe(401);
  });

  it('of a user are made by itself, and not by others', async () => {
    const token = await tokenOf('al@pve!tk', { privsep: 0 });
    const { status, body } = await api.call('POST', '/access/users/al@pve/token/uu', {}, token);
    expect([status, body.message]).toEqual([403, 'Permission check failed\n']);
  });
});

describe('roles', () => {
  it('are replaced by an update, or added to', async () => {
    await api.data('POST', '/access/roles', { roleid: 'R', privs: 'VM.Audit,VM.PowerMgmt' });
    await api.data('PUT', '/access/roles/R', { privs: 'VM.Console', append: 1 });
    expect(Object.keys((await api.data('GET', '/access/roles/R')) as object)).toHaveLength(3);
    await api.data('PUT', '/access/roles/R', { privs: 'VM.Clone' });
    expect(await api.data('GET', '/access/roles/R')).toEqual({ 'VM.Clone': 1 });
  });

  it.each([
    ['POST', '/access/roles', { roleid: 'PVEMine' }, 400],
    ['POST', '/access/roles', { roleid: 'R', privs: 'Nope.Priv' }, 400],
    ['PUT', '/access/roles/PVEAdmin', { privs: 'VM.Audit' }, 500],
    ['DELETE', '/access/roles/PVEAdmin', {}, 500],
    ['GET', '/access/roles/Nope', {}, 500],
  ])('refuse %s %s %j', async (method, path, params, status) => {
    expect((await refusal(method, path, params))[0]).toBe(status);
  });

  it('take the rules that give them along', async () => {
    await api.data('POST', '/access/roles', { roleid: 'R', privs: 'VM.Audit' });
    await api.data('PUT', '/access/acl', { path: '/vms', roles: 'R', users: 'al@pve' });
    await api.data('DELETE', '/access/roles/R');
    expect(JSON.stringify(await api.data('GET', '/access/acl'))).not.toContain('al@pve');
  });
});

describe('access rules', () => {
  const missing = "either 'users', 'groups' or 'tokens' is required.";

  it.each([
    [{ path: '/vms', roles: 'PVEAdmin' }, 400, { users: missing, groups: missing, tokens: missing }],
    [{ path: '/bogus/x', roles: 'PVEAdmin', users: 'al@pve' }, 400, { path: "invalid ACL path '/bogus/x'" }],
    [{ path: '/vms', roles: 'No', users: 'al@pve' }, 500, "ACL update failed: role 'No' does not exist\n"],
    [{ path: '/vms', roles: 'PVEAdmin', users: 'no@pve' }, 500, "ACL update failed: user 'no@pve' does not exist\n"],
    [{ path: '/vms', roles: 'PVEAdmin', groups: 'no' }, 500, "ACL update failed: group 'no' does not exist\n"],
  ])('are not made from %j', async (params, status, message) => {
    expect(await refusal('PUT', '/access/acl', params)).toEqual([status, message]);
  });

  it('are one for each path, subject and role, in one form of the path', async () => {
    const rule = { roles: 'PVEVMUser', users: 'al@pve' };
    await api.data('PUT', '/access/acl', { path: 'vms', ...rule });
    await api.data('PUT', '/access/acl', { path: '/vms/', ...rule, propagate: 0 });
    const own = async () =>
      ((await api.data('GET', '/access/acl')) as readonly { ugid: string }[]).filter(({ ugid }) => ugid === 'al@pve');
    expect(await own()).toEqual([{ path: '/vms', type: 'user', ugid: 'al@pve', roleid: 'PVEVMUser', propagate: 0 }]);
    await api.data('PUT', '/access/acl', { path: '/vms', ...rule, delete: 1 });
    expect(await own()).toEqual([]);
  });

  it('may be changed by who may allocate what stands at the path', async () => {
    await api.data('PUT', '/access/acl', { path: '/vms/100', roles: 'PVEVMAdmin', users: 'al@pve' });
    const token = await tokenOf('al@pve!tk', { privsep: 0 });
    const rule = { roles: 'PVEVMUser', users: 'limited@pve' };
    expect((await api.call('PUT', '/access/acl', { path: '/vms/100', ...rule }, token)).status).toBe(200);
    const { status, body } = await api.call('PUT', '/access/acl', { path: '/vms/101', ...rule }, token);
    expect([status, body.message]).toEqual([
      ...[403, 'Permission check failed (/vms/101, Permissions.Modify|VM.Allocate)\n'],
    ]);
  });
});

describe('user administration by others', () => {
  it('is bound to groups and to the realm', async () => {
    await api.data('POST', '/access/groups', { groupid: 'devs' });
    await api.data('PUT', '/access/acl', { path: '/access/groups/devs', roles: 'PVEUserAdmin', users: 'al@pve' });
    const token = await tokenOf('al@pve!tk', { privsep: 0 });
    const create = async (params: object) => {
      const { status, body } = await api.call('POST', '/access/users', params, token);
      return [status, body.message];
    };
    const refused = 'Permission check failed (/access/realm/pve, Realm.AllocateUser)\n';
    expect(await create({ userid: 'bo@pve', groups: 'devs' })).toEqual([403, refused]);
    await api.data('PUT', '/access/acl', { path: '/access/realm/pve', roles: 'PVEUserAdmin', users: 'al@pve' });
    expect(await create({ userid: 'bo@pve' })).toEqual([
      403,
      'Permission check failed (/access/groups, User.Modify)\n',
    ]);
    expect(await create({ userid: 'bo@pve', groups: 'devs' })).toEqual([200, undefined]);
    expect((await api.call('PUT', '/access/users/bo@pve', { comment: 'x', groups: 'devs' }, token)).status).toBe(200);
    expect((await api.call('PUT', '/access/users/limited@pve', { comment: 'x', groups: 'devs' }, token)).status).toBe(
      403,
    );
  });
});

describe('realms', () => {
  const LDAP = { realm: 'home', type: 'ldap', base_dn: 'dc=x', user_attr: 'uid', server1: 'h', port: 389 };

  it('are listed for everybody, and read with their digest', async () => {
    await api.data('POST', '/access/domains', LDAP);
    const list = JSON.parse((await api.raw('GET', '/api2/json/access/domains')).text).data as { realm: string }[];
    expect(list.map(({ realm }) => realm).sort()).toEqual(['home', 'pam', 'pve']);
    const { realm: _realm, ...rest } = LDAP;
    expect(await api.data('GET', '/access/domains/home')).toEqual({
      ...rest,
      digest: expect.stringMatching(/^\w{40}$/),
    });
  });

  it('that are built in come back when they are deleted', async () => {
    await api.data('DELETE', '/access/domains/pam');
    expect(await api.data('GET', '/access/domains')).toHaveLength(2);
  });

  it('are not changed under a stale digest, nor made without what they need', async () => {
    expect((await refusal('POST', '/access/domains', { realm: 'l2', type: 'ldap', base_dn: 'dc=x' }))[1]).toBe(
      "add auth server failed: missing value for required option 'server1'\n",
    );
    await api.data('POST', '/access/domains', LDAP);
    expect((await refusal('PUT', '/access/domains/home', { comment: 'x', digest: '0'.repeat(40) }))[0]).toBe(500);
    await api.data('PUT', '/access/domains/home', { comment: 'x', delete: 'port' });
    expect(await api.data('GET', '/access/domains/home')).not.toHaveProperty('port');
  });
});

it('changes passwords for a ticket only', async () => {
  const change = { userid: 'al@pve', password: 'newpass12' };
  const { status, body } = await api.call('PUT', '/access/password', change);
  expect([status, body.message]).toEqual([
    ...[403, "Permission check failed (URI '/access/password' not available with API token, need proper ticket.\n)\n"],
  ]);
  const login = async (password: string) => {
    const sent = JSON.stringify({ username: 'al@pve', password });
    return api.raw('POST', '/api2/json/access/ticket', { contentType: 'application/json', body: sent });
  };
  const { ticket, CSRFPreventionToken } = JSON.parse((await login('alicepass')).text).data;
  const put = (params: object) =>
    api.raw('PUT', '/api2/json/access/password', {
      headers: { cookie: `PVEAuthCookie=${encodeURIComponent(ticket)}`, csrfpreventiontoken: CSRFPreventionToken },
      ...{ contentType: 'application/json', body: JSON.stringify(params) },
    });
  expect((await put(change)).status).toBe(400);
  expect((await put({ ...change, 'confirmation-password': 'wrong' })).status).toBe(500);
  expect((await put({ ...change, 'confirmation-password': 'alicepass' })).status).toBe(200);
  expect([(await login('alicepass')).status, (await login('newpass12')).status]).toEqual([401, 200]);
});
