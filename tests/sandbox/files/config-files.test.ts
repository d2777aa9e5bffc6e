import { expect, it } from 'vitest';
import { formatDatacenterCfg, parseDatacenterCfg } from '../../../src/sandbox/files/datacenter-cfg.ts';
import { formatHaCfg, parseHaCfg } from '../../../src/sandbox/files/ha-cfg.ts';
import { formatStorageCfg, parseStorageCfg } from '../../../src/sandbox/files/storage-cfg.ts';
import { formatUserCfg, parseUserCfg } from '../../../src/sandbox/files/user-cfg.ts';

it('reads and writes storage.cfg as the real host does', () => {
  const text =
    'dir: local\n\tpath /var/lib/vz\n\tcontent iso,backup\n\tprune-backups keep-last=3\n\nrbd: ceph\n\tcontent images\n\tnodes pve1,pve2\n\tpool rbd\n\n';
  const storages = parseStorageCfg(text);
  expect(storages).toMatchObject([
    { id: 'local', type: 'dir', path: '/var/lib/vz', shared: false, options: { 'prune-backups': 'keep-last=3' } },
    { id: 'ceph', type: 'rbd', nodes: ['pve1', 'pve2'], shared: true, options: { pool: 'rbd' } },
  ]);
  expect(formatStorageCfg(storages)).toBe(text);
});

it('leaves out storages of types that it does not model', () => {
  expect(parseStorageCfg('pbs: backup\n\tserver h\n\ndir: d\n\tpath /d\n\n').map(({ id }) => id)).toEqual(['d']);
});

it('reads and writes user.cfg, with names and comments encoded', () => {
  const text = [
    'user:root@pam:1:0::::::\n',
    'user:op@pve:0:99:Al:Ice:a@b.c:a%3Ab %C3%BC::\n',
    'token:op@pve!t:0:1:ci:\n',
    '\ngroup:ops:op@pve:::\n',
    '\npool:web:the web:100,200:local:\n',
    '\nrole:Mine:VM.Audit,VM.Console:\n',
    '\nacl:1:/vms:@ops:Mine:\nacl:0:/:op@pve!t:PVEAuditor:\n',
  ].join('');
  const config = parseUserCfg(text, 'op@pve!t 11111111-2222-3333-4444-555555555555\n');
  expect(config.users.get('op@pve')).toMatchObject({ enable: false, expire: 99, comment: 'a:b ü', email: 'a@b.c' });
  expect(config.tokens.get('op@pve!t')).toMatchObject({ privsep: true, secret: expect.stringMatching(/^1{8}-/) });
  expect(config.pools.get('web')).toEqual({
    comment: 'the web',
    vms: new Set([100, 200]),
    storages: new Set(['local']),
  });
  expect(config.acl).toEqual([
    { path: '/vms', type: 'group', ugid: 'ops', roleid: 'Mine', propagate: true },
    { path: '/', type: 'token', ugid: 'op@pve!t', roleid: 'PVEAuditor', propagate: false },
  ]);
  expect(parseUserCfg(formatUserCfg(config), 'op@pve!t 11111111-2222-3333-4444-555555555555\n')).toEqual(config);
});

it('reads and writes datacenter.cfg and ha/resources.cfg', () => {
  const datacenter = 'keyboard: en-us\nmac_prefix: BC:24:11\n';
  expect(formatDatacenterCfg(parseDatacenterCfg(datacenter))).toBe(datacenter);
  const ha = 'vm: 100\n\tstate started\n\tmax_restart 2\n\n';
  expect(parseHaCfg(ha).get('vm:100')).toEqual({
    sid: 'vm:100',
    type: 'vm',
    options: { state: 'started', max_restart: '2' },
  });
  expect(formatHaCfg(parseHaCfg(ha))).toBe(ha);
});
