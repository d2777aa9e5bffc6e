import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Api, startApi } from '../api.ts';

const SECRET = '11111111-2222-3333-4444-555555555555';
const tokenOf = (id: string): string => `${id}=${SECRET}`;

let api: Api;
beforeAll(async () => {
  api = await startApi();
  const lines = [
    'user:op@pve:1:0::::::',
    'user:off@pve:0:0::::::',
    'token:op@pve!full:0:0::',
    'token:op@pve!part:0:1::',
    'token:off@pve!t:0:0::',
    'group:ops:op@pve::',
    'pool:web::100::',
    'acl:1:/vms/101:op@pve:PVEVMAdmin:',
    'acl:1:/vms/101:op@pve!part:PVEVMUser:',
    'acl:1:/pool/web:@ops:PVEVMUser:',
    'acl:0:/nodes:@ops:PVEAuditor:',
    'acl:1:/vms/102:@ops:PVEVMUser:',
    'acl:1:/vms/102:op@pve:NoAccess:',
  ];
  appendFileSync(join(api.sandbox.directory, 'user.cfg'), `${lines.join('\n')}\n`);
  const tokens = ['op@pve!full', 'op@pve!part', 'off@pve!t'].map((id) => `${id} ${SECRET}\n`);
  appendFileSync(join(api.sandbox.directory, 'priv/token.cfg'), tokens.join(''));
  api.sandbox.reload();
  for (const vmid of [100, 101, 102, 103]) await api.data('POST', '/nodes/pve1/qemu', { vmid });
  await api.sandbox.settled();
});
afterAll(() => api.sandbox.close());

const configStatus = async (vmid: number, id: string): Promise<readonly [number, string | undefined]> => {
  const { status, body } = await api.call('GET', `/nodes/pve1/qemu/${vmid}/config`, {}, tokenOf(id));
  return [status, body.message];
};

it('lets the sandbox’s own token do everything', async () => {
  const permissions = (await api.data('GET', '/access/permissions')) as Record<string, object>;
  expect(Object.keys(permissions['/'] ?? {})).toHaveLength(47);
});

it('refuses what is not granted, and names path and privilege', async () => {
  expect(await configStatus(103, 'op@pve!full')).toEqual([403, 'Permission check failed (/vms/103, VM.Audit)\n']);
});

it('checks permissions before parameters', async () => {
  const { status } = await api.call('PUT', '/nodes/pve1/qemu/103/config', { bogus: 1 }, tokenOf('op@pve!full'));
  expect(status).toBe(403);
});

it('names alternatives with bars between them', async () => {
  const { body } = await api.call('GET', '/nodes/pve1/storage/local/status', {}, tokenOf('op@pve!full'));
  expect(body.message).toBe('Permission check failed (/storage/local, Datastore.Audit|Datastore.AllocateSpace)\n');
});

it('gives a token with privilege separation what both it and its user have', async () => {
  expect(await configStatus(101, 'op@pve!part')).toEqual([200, undefined]);
  const { status, body } = await api.call('PUT', '/nodes/pve1/qemu/101/config', { cores: 2 }, tokenOf('op@pve!part'));
  expect([status, body.message]).toEqual([403, 'Permission check failed (/vms/101, VM.Config.CPU)\n']);
  expect((await api.call('PUT', '/nodes/pve1/qemu/101/config', { cores: 2 }, tokenOf('op@pve!full'))).status).toBe(200);
});

it('gives the members of a pool its rules', async () => {
  expect(await configStatus(100, 'op@pve!full')).toEqual([200, undefined]);
});

it('lets a user’s own rule win over those of its groups, and NoAccess take everything away', async () => {
  expect((await configStatus(102, 'op@pve!full'))[0]).toBe(403);
});

it('keeps a rule that does not propagate to its own path', async () => {
  const permissions = (await api.call('GET', '/access/permissions', {}, tokenOf('op@pve!full'))).body.data;
  expect(permissions).toMatchObject({ '/nodes': { 'Sys.Audit': 0 } });
  expect((await api.call('GET', '/nodes/pve1/status', {}, tokenOf('op@pve!full'))).status).toBe(403);
});

it('leaves out of lists what a user may not see', async () => {
  const rows = (await api.call('GET', '/cluster/resources', { type: 'vm' }, tokenOf('op@pve!full'))).body.data;
  expect((rows as readonly { vmid: number }[]).map(({ vmid }) => vmid)).toEqual([100, 101]);
});

it('refuses the tokens of a disabled user', async () => {
  expect((await api.call('GET', '/version', {}, tokenOf('off@pve!t'))).status).toBe(401);
});

it('says of a pool’s name that is none that it may not be allocated', async () => {
  const { status, body } = await api.call('POST', '/pools', { poolid: 'bad pool' });
  expect([status, body.message]).toEqual([403, 'Permission check failed (, Pool.Allocate)\n']);
});
