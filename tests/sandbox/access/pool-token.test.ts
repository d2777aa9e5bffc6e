import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Api, type Body, startApi } from '../api.ts';

const TOKEN = 'op@pve!ci=11111111-2222-3333-4444-555555555555';
const GUESTS = '/nodes/pve1/qemu';

/** Rights on one pool for a user and its token with privilege separation, and those of a user on one bridge. */
const RULES = [
  'user:op@pve:1:0::::::',
  'token:op@pve!ci:0:1::',
  'pool:web:one:100:local-lvm:',
  'pool:other::101::',
  ...['op@pve', 'op@pve!ci'].flatMap((id) => [
    `acl:1:/pool/web:${id}:PVEVMAdmin,PVEDatastoreUser,PVEPoolUser:`,
    `acl:1:/sdn/zones/localnetwork/vmbr0:${id}:PVESDNUser:`,
  ]),
  'acl:1:/vms/101:op@pve:PVEVMAdmin:',
];

let api: Api;
const begin = async (version?: '7.4' | '8.4'): Promise<void> => {
  api = await startApi(version === undefined ? {} : { version });
  appendFileSync(join(api.sandbox.directory, 'user.cfg'), `${RULES.join('\n')}\n`);
  appendFileSync(join(api.sandbox.directory, 'priv/token.cfg'), `${TOKEN.replace('=', ' ')}\n`);
  api.sandbox.reload();
  await api.data('POST', GUESTS, { vmid: 100, name: 'mine', scsi0: 'local-lvm:1', net0: 'virtio,bridge=vmbr0' });
  await api.data('POST', GUESTS, { vmid: 101, name: 'other' });
  await api.data('POST', GUESTS, { vmid: 102, name: 'none' });
  await api.sandbox.settled();
};
afterEach(() => api.sandbox.close());

/** A request of the token, and the wait for its task; the message of what is refused, else `OK` or the task's error. */
async function ask(method: string, path: string, params: object = {}): Promise<string> {
  const { status, body } = await api.call(method, path, params, TOKEN);
  await api.sandbox.settled();
  if (status !== 200) return `${status} ${body.message?.trimEnd() ?? ''}`;
  if (typeof body.data !== 'string' || !body.data.startsWith('UPID:')) return 'OK';
  const upid = encodeURIComponent(body.data);
  const task = await api.data('GET', `/nodes/pve1/tasks/${upid}/status`);
  return String((task as { readonly exitstatus?: string }).exitstatus);
}

async function rows(path: string, key: string, params: object = {}): Promise<readonly unknown[]> {
  const { body }: { body: Body } = await api.call('GET', path, params, TOKEN);
  return (body.data as readonly Readonly<Record<string, unknown>>[]).map((row) => row[key]);
}

describe('a token with rights on one pool', () => {
  beforeEach(() => begin());

  it('sees its members, its storage, and no other guest', async () => {
    expect(await rows(GUESTS, 'vmid')).toEqual([100]);
    expect(await rows('/cluster/resources', 'vmid', { type: 'vm' })).toEqual([100]);
    expect(await rows('/storage', 'storage')).toEqual(['local-lvm']);
    expect(await rows('/nodes/pve1/storage', 'storage')).toEqual(['local-lvm']);
    expect(await rows('/cluster/resources', 'node', { type: 'storage' })).toEqual(['pve1', 'pve2', 'pve3']);
    expect(await rows('/pools', 'poolid')).toEqual(['web']);
    expect(await ask('GET', '/pools/other')).toBe('403 Permission check failed (/pool/other, Pool.Audit)');
  });

  it('sees every node, without what only an auditor sees', async () => {
    const { body } = await api.call('GET', '/nodes', {}, TOKEN);
    expect(body.data).toMatchObject([{ node: 'pve1' }, { node: 'pve2' }, { node: 'pve3' }]);
    expect((body.data as readonly object[])[0]).not.toHaveProperty('maxmem');
    expect(await ask('GET', '/nodes/pve1/status')).toBe('403 Permission check failed (/nodes/pve1, Sys.Audit)');
  });

  it('sees pools among the resources of the cluster where it may audit them', async () => {
    const { body } = await api.call('GET', '/cluster/resources', {}, TOKEN);
    const pools = (body.data as readonly { readonly type: string }[]).filter(({ type }) => type === 'pool');
    expect(pools).toEqual([{ id: '/pool/web', type: 'pool', pool: 'web' }]);
  });

  it('sees nothing of users, groups and rules', async () => {
    for (const path of ['/access/users', '/access/groups', '/access/acl']) expect(await rows(path, 'path')).toEqual([]);
    expect(await ask('GET', '/access/users/op@pve')).toBe('403 Permission check failed');
  });

  it('sees its own tasks, and no other’s', async () => {
    await ask('POST', `${GUESTS}/100/status/start`);
    expect(await rows('/nodes/pve1/tasks', 'type')).toEqual(['qmstart']);
    expect(await rows('/cluster/tasks', 'type')).toEqual(['qmstart']);
    const [upid] = ((await api.data('GET', '/nodes/pve1/tasks')) as readonly { readonly upid: string }[]).slice(-1);
    const path = `/nodes/pve1/tasks/${encodeURIComponent(upid?.upid ?? '')}/status`;
    expect(await ask('GET', path)).toBe('403 Permission check failed (/nodes/pve1, Sys.Audit)');
  });

  it('creates in the pool only, and has the new guest at once', async () => {
    const disks = { scsi0: 'local-lvm:1', net0: 'virtio,bridge=vmbr0' };
    expect(await ask('POST', GUESTS, { vmid: 200, ...disks })).toBe('403 Permission check failed');
    expect(await ask('POST', GUESTS, { vmid: 200, pool: 'other' })).toBe('403 Permission check failed');
    expect(await ask('POST', GUESTS, { vmid: 200, pool: 'nope' })).toBe(
      "403 Permission check failed (pool 'nope' does not exist)",
    );
    expect(await ask('POST', GUESTS, { vmid: 200, pool: 'web', ...disks })).toBe('OK');
    expect(await rows(GUESTS, 'vmid')).toEqual([100, 200]);
    expect(await ask('PUT', `${GUESTS}/200/config`, { cores: 2 })).toBe('OK');
  });

  it('needs to allocate on the storage, to read the image, and to use the bridge', async () => {
    const config = `${GUESTS}/100/config`;
    const refused = (what: string): string => `403 Permission check failed (${what})`;
    const space = 'Datastore.AllocateSpace';
    expect(await ask('PUT', config, { scsi1: 'ceph-pool:1' })).toBe(refused(`/storage/ceph-pool, ${space}`));
    expect(await ask('PUT', config, { scsi1: 'local-lvm:1' })).toBe('OK');
    expect(await ask('PUT', config, { ide2: 'local:iso/debian-13.iso,media=cdrom' })).toBe(
      refused(`/storage/local, ${space}|Datastore.Audit`),
    );
    const bridge = '/sdn/zones/localnetwork/vmbr9';
    expect(await ask('PUT', config, { net1: 'virtio,bridge=vmbr9' })).toBe(refused(`${bridge}, SDN.Use`));
    expect(await ask('PUT', config, { net1: 'virtio,bridge=vmbr0' })).toBe('OK');
    expect(await ask('PUT', config, { net1: 'virtio,bridge=vmbr0,tag=5' })).toBe('OK');
  });

  it('moves and resizes disks where it may allocate', async () => {
    const move = { disk: 'scsi0', storage: 'ceph-pool' };
    expect(await ask('POST', `${GUESTS}/100/move_disk`, move)).toBe(
      '403 Permission check failed (/storage/ceph-pool, Datastore.AllocateSpace)',
    );
    expect(await ask('PUT', `${GUESTS}/100/resize`, { disk: 'scsi0', size: '+1G' })).toBe('OK');
  });

  it('may not touch what only root or another right may', async () => {
    const config = `${GUESTS}/100/config`;
    expect(await ask('PUT', config, { args: '-x' })).toBe("500 only root can set 'args' config");
    expect(await ask('PUT', config, { startup: 'order=1' })).toBe('403 Permission check failed (/, Sys.Modify)');
    expect(await ask('POST', '/cluster/ha/resources', { sid: 'vm:100' })).toBe(
      '403 Permission check failed (/, Sys.Console)',
    );
    expect(await ask('POST', '/pools', { poolid: 'web/a' })).toBe(
      '403 Permission check failed (/pool/web/a, Pool.Allocate)',
    );
  });

  it('uses the tags that the datacenter lets it use', async () => {
    const config = `${GUESTS}/100/config`;
    const refused = (tag: string): string => `403 Permission check failed (/, Sys.Modify for modifying tag '${tag}')`;
    await api.data('PUT', `${GUESTS}/102/config`, { tags: 'unseen' });
    await api.data('PUT', '/cluster/options', { 'registered-tags': 'prod' });
    expect(await ask('PUT', config, { tags: 'any;thing' })).toBe('OK');
    expect(await ask('PUT', config, { tags: 'any;prod' })).toBe(refused('prod'));
    await api.data('PUT', config, { tags: 'any;prod' });
    expect(await ask('PUT', config, { tags: 'prod' })).toBe('OK');
    expect(await ask('PUT', config, { delete: 'tags' })).toBe(refused('prod'));
    const allow = { 'user-tag-access': 'user-allow=list,user-allow-list=ci;web' };
    await api.data('PUT', '/cluster/options', allow);
    expect(await ask('PUT', config, { tags: 'prod;web' })).toBe('OK');
    expect(await ask('PUT', config, { tags: 'prod;web;free' })).toBe(refused('free'));
    expect(await ask('POST', GUESTS, { vmid: 200, pool: 'web', tags: 'free' })).toBe(refused('free'));
    const { body } = await api.call('GET', '/cluster/options', {}, TOKEN);
    expect(body.data).toEqual({ 'allowed-tags': ['ci', 'web'] });
    await api.data('PUT', '/cluster/options', { 'user-tag-access': 'user-allow=existing' });
    expect(await ask('PUT', config, { tags: 'prod;web;unseen' })).toBe(refused('unseen'));
    expect(await ask('PUT', config, { tags: 'prod' })).toBe('OK');
  });

  it('takes, restores and removes snapshots', async () => {
    expect(await ask('POST', `${GUESTS}/100/snapshot`, { snapname: 's1' })).toBe('OK');
    expect(await ask('POST', `${GUESTS}/100/snapshot/s1/rollback`)).toBe('OK');
    expect(await ask('DELETE', `${GUESTS}/100/snapshot/s1`)).toBe('OK');
    expect(await ask('POST', `${GUESTS}/101/snapshot`, { snapname: 's1' })).toBe(
      '403 Permission check failed (/vms/101, VM.Snapshot)',
    );
  });

  it('clones into the pool', async () => {
    expect(await ask('POST', `${GUESTS}/100/clone`, { newid: 200 })).toBe('403 Permission check failed');
    expect(await ask('POST', `${GUESTS}/101/clone`, { newid: 200, pool: 'web' })).toBe(
      '403 Permission check failed (/vms/101, VM.Clone)',
    );
    expect(await ask('POST', `${GUESTS}/100/clone`, { newid: 200, pool: 'web', storage: 'ceph-pool' })).toBe(
      '403 Permission check failed (/storage/ceph-pool, Datastore.AllocateSpace)',
    );
    expect(await ask('POST', `${GUESTS}/100/clone`, { newid: 200, pool: 'web' })).toBe('OK');
    expect(await rows(GUESTS, 'vmid')).toEqual([100, 200]);
  });

  it('has not what only its user has, and destroys what is its own', async () => {
    expect(await ask('GET', `${GUESTS}/101/config`)).toBe('403 Permission check failed (/vms/101, VM.Audit)');
    expect(await ask('DELETE', `${GUESTS}/102`)).toBe('403 Permission check failed (/vms/102, VM.Allocate)');
    expect(await ask('DELETE', `${GUESTS}/100`)).toBe('OK');
    expect(await rows(GUESTS, 'vmid')).toEqual([]);
  });
});

it('asks for the guest agent by other names before 9, and for no right on bridges before 8', async () => {
  await begin('8.4');
  const roles = (await api.data('GET', '/access/roles/PVEVMAdmin')) as object;
  expect(roles).toHaveProperty('VM.Monitor');
  expect(await ask('PUT', `${GUESTS}/100/config`, { net1: 'virtio,bridge=vmbr9' })).toContain('SDN.Use');
  await api.sandbox.close();
  await begin('7.4');
  expect(await ask('PUT', `${GUESTS}/100/config`, { net1: 'virtio,bridge=vmbr9' })).toBe('OK');
  const names = (await api.data('GET', '/access/roles')) as readonly { readonly roleid: string }[];
  expect(names.map(({ roleid }) => roleid)).not.toContain('PVEMappingUser');
});
