import { expect, it } from 'vitest';
import { PvevmError } from '../../src/core/error.ts';
import { createClusterView } from '../../src/pve/cluster.ts';
import { createFakeReader, type FakeReader } from './fake-reader.ts';

const UPID = 'UPID:pve1:0000108D:0006B0CD:6B009AB2:qmcreate:196:root@pam!test:';

const ANSWERS: Readonly<Record<string, unknown>> = {
  '/version': { version: '9.2.11', release: '9.2', repoid: '14a22df35955d97d' },
  '/cluster/resources': [
    { type: 'qemu', id: 'qemu/100', vmid: 100, node: 'pve1', status: 'unknown', tags: 'blue;prod;web', lock: 'create' },
    { type: 'lxc', vmid: '200', node: 'pve2', status: 'running', name: 'ct', template: 0, pool: 'p1' },
    { type: 'node', node: 'pve1', status: 'online', maxmem: 25276510208, mem: 2217156608, maxcpu: 16 },
    { type: 'node', node: 'pve2', status: 'offline' },
    {
      type: 'storage',
      storage: 'local',
      node: 'pve1',
      shared: 0,
      content: 'iso,backup',
      status: 'available',
      maxdisk: 9,
      disk: 4,
      plugintype: 'dir',
    },
    { type: 'network', node: 'pve1', network: 'localnetwork', status: 'ok' },
  ],
  '/nodes/pve1/qemu': [{ vmid: 110, name: 'run-1', status: 'running', template: 1, cpus: 2 }],
  '/nodes/pve1/qemu/100/pending': [
    { key: 'digest', value: 'fba3f030b8018d6992b22e5b76fb27a20fcded3f' },
    { key: 'cores', value: 2, pending: 4 },
    { key: 'scsi1', value: 'local:1', delete: 2 },
    { key: 'net1', pending: 'virtio' },
  ],
  '/nodes/pve1/qemu/100/status/current': {
    status: 'running',
    qmpstatus: 'paused',
    lock: 'backup',
    ha: { managed: 1, state: null },
  },
  '/nodes/pve1/storage': [
    { storage: 'local', type: 'dir', content: 'iso,images', active: 1, enabled: 1, shared: 0, avail: 5, total: 9 },
  ],
  '/nodes/pve1/storage/local/content?content=iso': [
    { volid: 'local:iso/a.iso', format: 'iso', size: 1048576, ctime: 1 },
  ],
  '/nodes/pve1/network?type=any_bridge': [
    { iface: 'vmbr0', type: 'bridge', active: 1 },
    { iface: 'vnet1', type: 'vnet' },
  ],
  '/pools': [{ poolid: 'p1', comment: 'pool one' }, { poolid: 'pa/sub' }],
  '/cluster/ha/resources': [
    { sid: 'vm:161', state: 'started', max_restart: 2, max_relocate: '1', failback: 1, type: 'vm', digest: 'x' },
  ],
  '/cluster/status': [
    { type: 'cluster', name: 'lab', quorate: 1, nodes: 2 },
    { type: 'node', name: 'pve1', online: 1 },
    { type: 'node', name: 'pve2', online: 0 },
  ],
  '/access/permissions': { '/': { 'VM.Audit': 1 } },
  '/cluster/nextid': '100',
  '/cluster/nextid?vmid=150': '150',
  '/nodes/pve1/tasks?source=active&limit=500': [
    { upid: UPID, type: 'qmcreate', id: '196', user: 'root@pam!test', starttime: 1795201714, status: 'RUNNING' },
    { upid: `${UPID}old`, type: 'qmcreate', id: '197', user: 'root@pam', starttime: 1, endtime: 2, status: 'OK' },
  ],
};

function cluster(answers: Readonly<Record<string, unknown>> = ANSWERS): FakeReader {
  return createFakeReader((request) => {
    const answer = answers[request];
    if (answer instanceof Error) throw answer;
    if (answer === undefined) throw new PvevmError('PVE_ERROR', `unexpected request ${request}`);
    return answer;
  });
}

it('reads the version, the guests, the nodes and the storages', async () => {
  const view = createClusterView(cluster());
  expect(await view.version()).toEqual({ version: '9.2.11', release: '9.2' });
  expect(await view.resources()).toEqual({
    guests: [
      {
        vmid: 100,
        node: 'pve1',
        type: 'qemu',
        status: 'unknown',
        tags: ['blue', 'prod', 'web'],
        lock: 'create',
        template: false,
      },
      { vmid: 200, node: 'pve2', type: 'lxc', name: 'ct', status: 'running', tags: [], pool: 'p1', template: false },
    ],
    nodes: [
      { node: 'pve1', online: true, maxmem: 25276510208, mem: 2217156608, maxcpu: 16 },
      { node: 'pve2', online: false, maxmem: 0, mem: 0, maxcpu: 0 },
    ],
    storages: [
      {
        storage: 'local',
        node: 'pve1',
        shared: false,
        content: ['iso', 'backup'],
        status: 'available',
        maxdisk: 9,
        disk: 4,
        plugintype: 'dir',
      },
    ],
  });
});

it('reads what a guest has, what is pending, and the digest apart', async () => {
  const { digest, items } = await createClusterView(cluster()).pending('pve1', 100);
  expect(digest).toBe('fba3f030b8018d6992b22e5b76fb27a20fcded3f');
  expect(Object.fromEntries(items)).toEqual({
    cores: { value: 2, pending: 4 },
    scsi1: { value: 'local:1', delete: 2 },
    net1: { pending: 'virtio' },
  });
});

it('reads the guests of a node, and what one of them does', async () => {
  const view = createClusterView(cluster());
  expect(await view.guestsOn('pve1')).toEqual([
    { vmid: 110, node: 'pve1', type: 'qemu', name: 'run-1', status: 'running', tags: [], template: true },
  ]);
  expect(await view.guestStatus('pve1', 100)).toEqual({
    status: 'running',
    qmpstatus: 'paused',
    lock: 'backup',
    ha: { managed: true },
  });
});

it('reads storages, their content, and bridges', async () => {
  const view = createClusterView(cluster());
  expect(await view.storagesOf('pve1')).toEqual([
    {
      storage: 'local',
      type: 'dir',
      content: ['iso', 'images'],
      active: true,
      enabled: true,
      shared: false,
      avail: 5,
      total: 9,
    },
  ]);
  expect(await view.content('pve1', 'local', 'iso')).toEqual([
    { volid: 'local:iso/a.iso', size: 1048576, format: 'iso' },
  ]);
  expect(await view.bridges('pve1')).toEqual(['vmbr0', 'vnet1']);
});

it('reads pools, HA resources and permissions', async () => {
  const view = createClusterView(cluster());
  expect(await view.pools()).toEqual([{ poolid: 'p1', comment: 'pool one' }, { poolid: 'pa/sub' }]);
  expect(await view.haResources()).toEqual([
    { sid: 'vm:161', state: 'started', max_restart: 2, max_relocate: 1, failback: true },
  ]);
  expect(await view.permissions()).toEqual(new Map([['/', new Set(['VM.Audit'])]]));
  expect(await view.holds('/vms/100', 'VM.Audit')).toBe(true);
});

it('reads the state of a cluster, and of a node without one', async () => {
  const nodes = [
    { name: 'pve1', online: true },
    { name: 'pve2', online: false },
  ];
  expect(await createClusterView(cluster()).clusterStatus()).toEqual({ name: 'lab', quorate: true, nodes });
  const alone = cluster({ '/cluster/status': [{ type: 'node', name: 'pve1', online: 1, local: 1 }] });
  expect(await createClusterView(alone).clusterStatus()).toEqual({
    name: null,
    quorate: true,
    nodes: [{ name: 'pve1', online: true }],
  });
});

it('reads a free id as a number, and undefined where the id is taken', async () => {
  const view = createClusterView(cluster());
  expect([await view.nextId(), await view.nextId(150)]).toEqual([100, 150]);
  const parameters = { vmid: 'VM 150 already exists' };
  const taken = new PvevmError('PVE_PARAMETER', 'no', { status: 400, parameters });
  expect(await createClusterView(cluster({ '/cluster/nextid?vmid=150': taken })).nextId(150)).toBeUndefined();
  const other = new PvevmError('PVE_PARAMETER', 'no', { status: 400, parameters: { vmid: 'too small' } });
  await expect(createClusterView(cluster({ '/cluster/nextid?vmid=1': other })).nextId(1)).rejects.toBe(other);
});

it('reads only tasks that have not ended', async () => {
  const tasks = await createClusterView(cluster()).runningTasks('pve1');
  expect(tasks).toEqual([{ upid: UPID, type: 'qmcreate', id: '196', user: 'root@pam!test', starttime: 1795201714 }]);
});

it('R-52: sends each request once, also where it is asked for at the same time, and where it failed', async () => {
  const reader = cluster();
  const view = createClusterView(reader);
  const [first, second] = await Promise.all([view.pending('pve1', 100), view.pending('pve1', 100)]);
  expect(first).toBe(second);
  await view.holds('/', 'VM.Audit');
  await view.permissions();
  await expect(view.pending('pve1', 999)).rejects.toThrow();
  await expect(view.pending('pve1', 999)).rejects.toThrow();
  expect(reader.asked).toEqual(['/nodes/pve1/qemu/100/pending', '/access/permissions', '/nodes/pve1/qemu/999/pending']);
});

it('names the path of an answer that it cannot understand', async () => {
  const view = createClusterView(cluster({ '/nodes/pve1/qemu/100/pending': [{ key: 'cores', value: {} }] }));
  await expect(view.pending('pve1', 100)).rejects.toThrow(
    'cannot understand the answer of /nodes/{node}/qemu/{vmid}/pending: the value of cores is neither text nor number',
  );
});
