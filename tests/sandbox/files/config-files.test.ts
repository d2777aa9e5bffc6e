import { expect, it } from 'vitest';
import { formatDatacenterCfg, parseDatacenterCfg } from '../../../src/sandbox/files/datacenter-cfg.ts';
import { formatDomainsCfg, parseDomainsCfg } from '../../../src/sandbox/files/domains-cfg.ts';
import { formatHaCfg, parseHaCfg } from '../../../src/sandbox/files/ha-cfg.ts';
import { formatPasswords, hashPassword, isPassword, parsePasswords } from '../../../src/sandbox/files/password-file.ts';
import { formatStorageCfg, parseStorageCfg } from '../../../src/sandbox/files/storage-cfg.ts';
import { formatTfaCfg, parseTfaCfg, secretOf } from '../../../src/sandbox/files/tfa-cfg.ts';
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

it('leaves out storages of types that Proxmox VE does not have', () => {
  expect(parseStorageCfg('drbd: old\n\tserver h\n\ndir: d\n\tpath /d\n\n').map(({ id }) => id)).toEqual(['d']);
});

it('reads and writes user.cfg, with names and comments encoded', () => {
  const text = [
    'user:op@pve:0:99:Al:Ice:a@b.c:a%3Ab %C3%BC::\n',
    'token:op@pve!t:0:1:ci:\n',
    'user:root@pam:1:0::::::\n',
    '\ngroup:ops:op@pve::\n',
    '\npool:web:the web:100,200:local:\n',
    '\nrole:Mine:VM.Audit,VM.Console:\n',
    '\nacl:0:/:op@pve!t:PVEAuditor:\nacl:1:/vms:@ops,op@pve:Mine,PVEAuditor:\n',
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
    { path: '/', type: 'token', ugid: 'op@pve!t', roleid: 'PVEAuditor', propagate: false },
    { path: '/vms', type: 'group', ugid: 'ops', roleid: 'Mine', propagate: true },
    { path: '/vms', type: 'group', ugid: 'ops', roleid: 'PVEAuditor', propagate: true },
    { path: '/vms', type: 'user', ugid: 'op@pve', roleid: 'Mine', propagate: true },
    { path: '/vms', type: 'user', ugid: 'op@pve', roleid: 'PVEAuditor', propagate: true },
  ]);
  expect(formatUserCfg(config)).toBe(text);
});

it('leaves out rules for roles and tokens that are not there, and joins those that differ in nothing', () => {
  const { acl } = parseUserCfg(
    'user:op@pve:1:0::::::\nacl:1:/:op@pve:Gone:\nacl:1:/:op@pve!gone:PVEAdmin:\nacl:0:/:op@pve:PVEAdmin:\nacl:1:/:op@pve:PVEAdmin:\n',
    '',
  );
  expect(acl).toEqual([{ path: '/', type: 'user', ugid: 'op@pve', roleid: 'PVEAdmin', propagate: true }]);
});

it('has the built-in realms in domains.cfg, whatever it says', () => {
  expect([...parseDomainsCfg('').keys()]).toEqual(['pam', 'pve']);
  const text = 'ldap: home\n\tbase_dn dc=x\n\n';
  const realms = parseDomainsCfg(text);
  expect(realms.get('home')).toEqual({ type: 'ldap', values: { base_dn: 'dc=x' } });
  expect(formatDomainsCfg(realms).startsWith(text)).toBe(true);
});

it('reads the secrets for one-time codes of priv/tfa.cfg as the real host writes them', () => {
  const entry = {
    info: { id: 'a', description: 'phone', created: 5 },
    entry: 'otpauth://totp/x?secret=GEZDGNBV&digits=6',
  };
  const users = parseTfaCfg(JSON.stringify({ users: { 'op@pve': { totp: [entry] } } }));
  expect((users.get('op@pve') ?? []).map(secretOf)).toEqual(['GEZDGNBV']);
  expect(JSON.parse(formatTfaCfg(users))).toEqual({ users: { 'op@pve': { totp: [entry] } } });
});

it('keeps passwords only as salted hashes', () => {
  const text = formatPasswords(new Map([['op@pve', hashPassword('geheim')]]));
  expect(text).not.toContain('geheim');
  const hash = parsePasswords(text).get('op@pve') ?? '';
  expect([isPassword(hash, 'geheim'), isPassword(hash, 'Geheim'), isPassword('$5$x$y', 'geheim')]).toEqual([
    true,
    false,
    false,
  ]);
});

it('reads and writes datacenter.cfg and ha/resources.cfg', () => {
  const datacenter = 'keyboard: en-us\nmac_prefix: BC:24:11\n';
  expect(formatDatacenterCfg(parseDatacenterCfg(datacenter))).toBe(datacenter);
  const ha = 'vm: 100\n\tmax_restart 2\n\tstate started\n\n';
  expect(parseHaCfg(ha).get('vm:100')).toEqual({
    sid: 'vm:100',
    type: 'vm',
    options: { state: 'started', max_restart: '2' },
  });
  expect(formatHaCfg(parseHaCfg(ha))).toBe(ha);
});
