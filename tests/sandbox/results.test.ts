import { afterAll, beforeAll, expect, it } from 'vitest';
import { loadFacts } from '../../src/pve/facts/load-facts.ts';
import { compileSnippet } from '../pve/compile-snippet.ts';
import { type Api, startApi } from './api.ts';

const GUEST = '/nodes/pve1/qemu/100';
const DISKS = { scsi0: 'local-lvm:4', efidisk0: 'local-lvm:1,efitype=4m', ide2: 'local-lvm:cloudinit' };
const SYSTEM = { bios: 'ovmf', agent: '1', serial0: 'socket', tags: 'a;b', description: 'one', ipconfig0: 'ip=dhcp' };

/** What stands for the placeholders of paths; `cluster/mapping/pci` has its own `{id}`, and so on. */
const VALUES: Readonly<Record<string, string>> = {
  vnet: 'v1',
  node: 'pve1',
  vmid: '100',
  snapname: 's1',
  storage: 'local',
  volume: 'local:iso/debian-13.iso',
  poolid: 'web',
  userid: 'op@pve',
  tokenid: 'tok',
  groupid: 'ops',
  roleid: 'Own',
  realm: 'pve',
  sid: 'vm:100',
  rule: 'r1',
  pos: '0',
  cidr: '192.0.2.1',
  service: 'pvedaemon',
  iface: 'vmbr0',
  id: 'm1',
  cputype: 'my',
};
const QUERIES: Readonly<Record<string, object>> = {
  // A host that is not this one is not asked.
  '/nodes/{node}/query-url-metadata': { url: 'https://images.example.com/one.iso' },
  '/access/permissions': { path: '/vms/100' },
  '/nodes/{node}/storage/{storage}/prunebackups': { 'prune-backups': 'keep-last=1' },
  '/nodes/{node}/qemu/{vmid}/cloudinit/dump': { type: 'user' },
  '/nodes/{node}/qemu/{vmid}/feature': { feature: 'snapshot' },
  '/nodes/{node}/qemu/{vmid}/agent/exec-status': { pid: 1 },
  '/nodes/{node}/qemu/{vmid}/agent/file-read': { file: '/etc/hostname' },
};
/** Keys that the real code gives though its schema does not name them. */
const BEYOND_SCHEMA: Readonly<Record<string, string>> = {
  '/cluster/ha/status/current': 'comment',
  '/cluster/mapping/pci': 'digest',
  '/cluster/tasks': 'node',
};
/** Built, but with nothing here to be asked about. */
const NOT_ASKED: ReadonlySet<string> = new Set(['/cluster/ha/groups', '/cluster/ha/groups/{group}']);

let api: Api;
beforeAll(async () => {
  api = await startApi();
  const send = async (method: string, path: string, params: object = {}): Promise<unknown> => {
    const answer = await api.data(method, path, params);
    await api.sandbox.settled();
    return answer;
  };
  await send('POST', '/pools', { poolid: 'web', comment: 'one' });
  await send('POST', '/nodes/pve1/qemu', {
    ...{ vmid: 100, name: 'one', pool: 'web', net0: 'virtio,bridge=vmbr0,firewall=1', ...DISKS, ...SYSTEM },
  });
  await send('POST', `${GUEST}/snapshot`, { snapname: 's1', description: 'first' });
  await send('POST', `${GUEST}/status/start`);
  await send('PUT', `${GUEST}/config`, { cores: 2, delete: 'serial0' });
  await send('POST', '/nodes/pve1/qemu', { vmid: 101, scsi0: 'local-lvm:1' });
  await send('POST', '/nodes/pve1/qemu/101/template');
  await send('PUT', '/pools', { poolid: 'web', storage: 'local-lvm' });
  await send('POST', '/cluster/ha/resources', { sid: 'vm:100', state: 'started', comment: 'ha' });
  await send('POST', '/cluster/ha/rules', { rule: 'r1', type: 'node-affinity', resources: 'vm:100', nodes: 'pve1:1' });
  await send('POST', `${GUEST}/firewall/rules`, {
    type: 'in',
    action: 'ACCEPT',
    proto: 'tcp',
    dport: '22',
    comment: 'c',
  });
  await send('POST', `${GUEST}/firewall/aliases`, { name: 'web', cidr: '192.0.2.9', comment: 'c' });
  await send('POST', `${GUEST}/firewall/ipset`, { name: 'web', comment: 'c' });
  await send('POST', `${GUEST}/firewall/ipset/web`, { cidr: '192.0.2.1', comment: 'c' });
  await send('PUT', `${GUEST}/firewall/options`, { enable: 1, policy_in: 'DROP' });
  await send('POST', '/access/users', { userid: 'op@pve', email: 'op@example.com', comment: 'c', expire: 0 });
  await send('POST', '/access/users/op@pve/token/tok', { comment: 'c' });
  await send('POST', '/access/groups', { groupid: 'ops', comment: 'c' });
  await send('PUT', '/access/users/op@pve', { groups: 'ops' });
  await send('POST', '/access/roles', { roleid: 'Own', privs: 'VM.Audit' });
  await send('PUT', '/access/acl', { path: '/pool/web', roles: 'PVEVMAdmin', groups: 'ops' });
  await send('PUT', '/cluster/options', { keyboard: 'de', description: 'one', 'next-id': 'lower=200' });
  await send('POST', '/cluster/qemu/custom-cpu-models', { cputype: 'my', 'reported-model': 'qemu64', hidden: 1 });
  const device = { id: 'm1', description: 'd' };
  await send('POST', '/cluster/mapping/pci', { ...device, map: ['node=pve1,path=0000:01:00.0,id=8086:1234'] });
  await send('POST', '/cluster/mapping/usb', { ...device, map: ['node=pve1,id=1234:5678'] });
  await send('POST', '/cluster/mapping/dir', { ...device, map: ['node=pve1,path=/srv'] });
});
afterAll(() => api.sandbox.close());

// A compiler runs.
it('answers every read that is built in the shape that the API facts state', { timeout: 90_000 }, async () => {
  const { endpoints } = await loadFacts('9.2');
  const [task] = (await api.data('GET', '/cluster/tasks')) as readonly { readonly upid: string }[];
  const [upid = '', node = ''] = [task?.upid, task?.upid.split(':')[1]];
  const valueFor = (path: string, name: string): string => {
    if (name === 'upid') return upid;
    if (name === 'node' && path.includes('{upid}')) return node;
    return name === 'name' ? 'web' : (VALUES[name] ?? '');
  };
  const lines: string[] = [];
  const failures: string[] = [];
  for (const { method, path } of endpoints) {
    if (method !== 'GET' || NOT_ASKED.has(path)) continue;
    const filled = path.replace(/\{([^}]+)\}/g, (_whole, name: string) => encodeURIComponent(valueFor(path, name)));
    const { status, body } = await api.call('GET', filled, QUERIES[path]);
    if (status === 501) continue;
    if (status === 200) lines.push(`: GetResult<'${path}'> = ${JSON.stringify(body.data)};`);
    else failures.push(`${path}: ${status} ${JSON.stringify(body)}`);
  }
  expect(failures).toEqual([]);
  expect(lines.length).toBeGreaterThan(80);
  const head = "import type { GetResult } from '../../src/pve/api.ts';";
  const complaints = compileSnippet([head, ...lines.map((line, index) => `export const a${index}${line}`)].join('\n'));
  const found = complaints.map(({ line, message }) => {
    const path = lines[line - 2]?.split("'")[1] ?? '';
    return { path, message, isKnown: message.includes(`'"${BEYOND_SCHEMA[path]}"' does not exist`) };
  });
  expect(found.filter(({ isKnown }) => !isKnown)).toEqual([]);
  expect(new Set(found.map(({ path }) => path))).toEqual(new Set(Object.keys(BEYOND_SCHEMA)));
});
