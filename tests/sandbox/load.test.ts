import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startSandbox } from '../../src/sandbox/index.ts';
import { runCli } from '../run-cli.ts';
import { apiOf } from './api.ts';

/** What a small cluster's `/etc/pve` holds, as its owner might copy it. */
const TREE: Readonly<Record<string, string>> = {
  'corosync.conf': `logging {\n  debug: off\n}\n\nnodelist {\n  node {\n    name: alpha\n    nodeid: 1\n    ring0_addr: 10.0.0.1\n  }\n  node {\n    name: beta\n    nodeid: 2\n    ring0_addr: 10.0.0.2\n  }\n}\n\ntotem {\n  cluster_name: home\n  version: 2\n}\n`,
  'datacenter.cfg': 'keyboard: de\nmac_prefix: BC:24:11\n',
  'storage.cfg': `dir: local\n\tpath /var/lib/vz\n\tcontent iso,vztmpl,backup\n\nlvmthin: local-lvm\n\tthinpool data\n\tvgname pve\n\tcontent rootdir,images\n\nrbd: ceph\n\tcontent images\n\tkrbd 0\n\tpool rbd\n\ndrbd: replicated\n\tresourcegroup default\n\tcontent images\n`,
  'user.cfg': `user:root@pam:1:0:::::\nuser:ops@pve:1:0::::the operators:\ntoken:ops@pve!ci:0:1:\n\ngroup:admins:ops@pve::\n\npool:lab::100::\n\nacl:1:/pool/lab:ops@pve,ops@pve!ci:PVEVMAdmin:\n`,
  'priv/token.cfg': 'ops@pve!ci 11111111-2222-3333-4444-555555555555\n',
  'priv/authkey.key': 'a secret of the cluster\n',
  'nodes/alpha/pve-ssl.key': 'a secret of the node\n',
  'ha/resources.cfg': 'vm: 101\n\tstate stopped\n\n',
  'firewall/100.fw': '[OPTIONS]\nenable: 1\n',
  'nodes/alpha/qemu-server/100.conf': `#made%3A by hand\nboot: order=scsi0;ide2\ncores: 2\nide2: local:iso/debian-12.iso,media=cdrom,size=631M\nmemory: 4096\nname: web\nnet0: virtio=BC:24:11:00:00:01,bridge=vmbr1,tag=20\nonboot: 1\nscsi0: local-lvm:vm-100-disk-0,size=32G\nscsihw: virtio-scsi-single\nsmbios1: uuid=0a0a0a0a-0000-4000-8000-000000000001\n\n[PENDING]\ncores: 4\n\n[before]\nboot: order=scsi0\ncores: 2\nmemory: 4096\nname: web\nscsi0: local-lvm:vm-100-disk-0,size=32G\nscsi1: local-lvm:vm-100-disk-1,size=8G\nsnaptime: 1780000000\nvmstate: local-lvm:vm-100-state-before\n`,
  'nodes/beta/qemu-server/101.conf': `boot: order=scsi0\nmemory: 2048\nide2: ceph:vm-101-cloudinit,media=cdrom\nname: db\nscsi0: ceph:base-900-disk-0/vm-101-disk-0,size=10G\nscsi1: replicated:vm-101-disk-1,size=5G\n`,
  'nodes/beta/qemu-server/900.conf':
    'boot: order=scsi0\nname: base\nscsi0: ceph:base-900-disk-0,size=10G\ntemplate: 1\n',
  'nodes/beta/qemu-server/100.conf.bak': 'name: old\n',
  'nodes/beta/lxc/200.conf': 'hostname: ct\nrootfs: local-lvm:vm-200-disk-0,size=8G\n',
  'nodes/old/qemu-server/102.conf': 'name: left\nscsi0: ceph:vm-102-disk-0,size=4G\n',
  'nodes/alpha/host.fw': '[OPTIONS]\nenable: 0\n',
  'replication.cfg': 'local: 100-0\n\ttarget beta\n',
  'domains.cfg':
    'pam: pam\n\tcomment PAM\n\npve: pve\n\tcomment PVE\n\nldap: office\n\tbase_dn dc=example\n\tserver1 ldap.example\n\tuser_attr uid\n',
};

let cwd = '';

beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'pvevm-test-'));
  for (const [path, text] of Object.entries(TREE)) {
    mkdirSync(dirname(join(cwd, 'etc-pve', path)), { recursive: true });
    writeFileSync(join(cwd, 'etc-pve', path), text);
  }
});

afterEach(() => rmSync(cwd, { recursive: true, force: true }));

function filesBelow(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => statSync(join(folder, name)).isFile())
    .sort();
}

describe('sandbox load', () => {
  it('makes a sandbox of a copy of /etc/pve, and says what it cannot use', async () => {
    const { code, stdout, stderr } = await runCli(['sandbox', 'load', 'etc-pve'], { cwd });
    expect(code).toBe(0);
    expect(stdout).toContain('Sandbox in .pvevm/sandbox: cluster home, Proxmox VE 9.2');
    expect(stdout).toContain('3 nodes, 4 guests, 3 storages');
    expect(stderr).toContain('Containers are not simulated, and only keep their ids; on beta: 200.');
    expect(stderr).toContain('Node old is no member in corosync.conf, and counts as offline.');
    expect(stderr).toContain('Not used: nodes/alpha/host.fw, replication.cfg.');
    expect(stderr).toContain('Passwords are not loaded, nor secrets of realms (office)');
    expect(stderr).toContain('Storage replicated is of a type that is not simulated: drbd.');
    expect(stderr).toContain('nodes/beta/qemu-server/100.conf.bak is no config file of a guest; left out.');
  });

  it('keeps each config file as it is, and fills in volumes, images, nodes and power', async () => {
    await runCli(['sandbox', 'load', 'etc-pve', '--pve-version', '8.4'], { cwd });
    const directory = join(cwd, '.pvevm/sandbox');
    const sandbox = await startSandbox({ directory, taskTimeMs: 0 });
    const api = apiOf(sandbox);
    try {
      for (const path of ['nodes/alpha/qemu-server/100.conf', 'nodes/beta/qemu-server/101.conf', 'firewall/100.fw']) {
        expect(readFileSync(join(directory, path), 'utf8')).toBe(TREE[path]);
      }
      expect({ version: sandbox.version, world: sandbox.world }).toEqual({ version: '8.4', world: 'loaded' });
      const content = (await api.data('GET', '/nodes/alpha/storage/local-lvm/content')) as readonly object[];
      expect(content).toEqual([
        expect.objectContaining({ volid: 'local-lvm:vm-100-disk-0', size: 32 * 2 ** 30, vmid: 100 }),
        expect.objectContaining({ volid: 'local-lvm:vm-100-disk-1', size: 8 * 2 ** 30, vmid: 100 }),
        expect.objectContaining({ volid: 'local-lvm:vm-100-state-before', vmid: 100 }),
      ]);
      expect(await api.data('GET', '/nodes/beta/storage/ceph/content')).toContainEqual(
        expect.objectContaining({ volid: 'ceph:vm-101-cloudinit', size: 4 * 2 ** 20 }),
      );
      expect(await api.data('GET', '/nodes')).toContainEqual(
        expect.objectContaining({ node: 'old', status: 'offline' }),
      );
      expect(await api.data('GET', '/nodes/alpha/storage/local/content')).toEqual([
        expect.objectContaining({ volid: 'local:iso/debian-12.iso', content: 'iso', size: 631 * 2 ** 20 }),
      ]);
      expect(await api.data('GET', '/nodes/alpha/qemu/100/status/current')).toMatchObject({ status: 'stopped' });
      expect(JSON.stringify(await api.data('GET', '/nodes/alpha/network'))).toContain('vmbr1');
      const token = 'ops@pve!ci=11111111-2222-3333-4444-555555555555';
      expect((await api.call('GET', '/nodes/alpha/qemu/100/config', {}, token)).status).toBe(200);
      expect((await api.call('GET', '/nodes/beta/qemu/101/config', {}, token)).status).toBe(403);
    } finally {
      await sandbox.close();
    }
  });

  it('keeps the config of each container as it is', async () => {
    await runCli(['sandbox', 'load', 'etc-pve'], { cwd });
    const path = 'nodes/beta/lxc/200.conf';
    expect(readFileSync(join(cwd, '.pvevm/sandbox', path), 'utf8')).toBe(TREE[path]);
  });

  it('keeps the ids of containers taken', async () => {
    await runCli(['sandbox', 'load', 'etc-pve'], { cwd });
    const sandbox = await startSandbox({ directory: join(cwd, '.pvevm/sandbox'), taskTimeMs: 0 });
    const api = apiOf(sandbox);
    try {
      expect(await api.data('GET', '/cluster/resources', { type: 'vm' })).toContainEqual(
        expect.objectContaining({ id: 'lxc/200', type: 'lxc', vmid: 200, node: 'beta', name: 'ct', status: 'stopped' }),
      );
      expect((await api.call('GET', '/cluster/nextid', { vmid: 200 })).body.errors).toEqual({
        vmid: 'VM 200 already exists',
      });
      const taken = "unable to create VM 200 - CT 200 already exists on node 'beta'\n";
      expect((await api.call('POST', '/nodes/alpha/qemu', { vmid: 200 })).body.message).toBe(taken);
      const cloned = await api.call('POST', '/nodes/beta/qemu/900/clone', { newid: 200 });
      expect(cloned.status).toBe(500);
      await api.data('PUT', '/cluster/options', { 'next-id': 'lower=200,upper=300' });
      expect(await api.data('GET', '/cluster/nextid')).toBe('201');
    } finally {
      await sandbox.close();
    }
  });

  it('follows no link, and reads each guest once', async () => {
    symlinkSync('nodes/alpha', join(cwd, 'etc-pve/local'));
    symlinkSync('nodes/alpha/qemu-server', join(cwd, 'etc-pve/qemu-server'));
    const { stdout } = await runCli(['sandbox', 'load', 'etc-pve'], { cwd });
    expect(stdout).toContain('4 guests');
  });

  it('refuses a copy that has two config files of one guest', async () => {
    writeFileSync(join(cwd, 'etc-pve/nodes/beta/qemu-server/100.conf'), 'name: twin\n');
    const { code, stderr } = await runCli(['sandbox', 'load', 'etc-pve'], { cwd });
    expect(code).toBe(3);
    expect(stderr).toContain('guest 100 has a config file on alpha and on beta');
    expect(existsSync(join(cwd, '.pvevm'))).toBe(false);
  });

  it('names each line that is no setting', async () => {
    const path = join(cwd, 'etc-pve/nodes/beta/qemu-server/900.conf');
    writeFileSync(path, `${TREE['nodes/beta/qemu-server/900.conf']}memory = 2048\n<<<<<<< HEAD\n`);
    const { stderr } = await runCli(['sandbox', 'load', 'etc-pve'], { cwd });
    expect(stderr).toContain('nodes/beta/qemu-server/900.conf:5: no setting, and so ignored, as Proxmox VE does.');
    expect(stderr).toContain('nodes/beta/qemu-server/900.conf:6:');
  });

  it('writes nothing into its source, and takes no secret but the tokens', async () => {
    const before = filesBelow(join(cwd, 'etc-pve'));
    await runCli(['sandbox', 'load', 'etc-pve', '--dir', 'copy'], { cwd });
    expect(filesBelow(join(cwd, 'etc-pve'))).toEqual(before);
    for (const path of before) expect(readFileSync(join(cwd, 'etc-pve', path), 'utf8')).toBe(TREE[path]);
    expect(filesBelow(join(cwd, 'copy')).filter((name) => /priv|\.key/.test(name))).toEqual(['priv/token.cfg']);
    expect(statSync(join(cwd, 'copy/priv/token.cfg')).mode & 0o077).toBe(0);
  });

  it('is planned against like a cluster', async () => {
    await runCli(['sandbox', 'load', 'etc-pve'], { cwd });
    const spec = 'kind: vm\nname: web\nvmid: 100\nnode: alpha\ndefaults: none\ncpu: { cores: 8 }\n';
    writeFileSync(join(cwd, 'web.yaml'), spec);
    const { stdout, stderr } = await runCli(['plan', '--sandbox', '--adopt', 'web.yaml'], { cwd });
    expect(stderr).not.toContain('error');
    expect(stdout).toContain('vm/web');
    expect(stdout).toContain('cpu.cores');
  });

  it.each([
    [['sandbox', 'load', 'nowhere'], 'it is no copy of /etc/pve'],
    [['sandbox', 'load', 'etc-pve', '--dir', 'etc-pve/inside'], 'the source is only read'],
    [['sandbox', 'load', 'etc-pve', '--dir', '.'], 'is not empty'],
    [['sandbox', 'load', 'etc-pve', '--pve-version', '6.4'], "--pve-version cannot be '6.4'"],
  ])('refuses %j', async (argv, words) => {
    const { code, stderr } = await runCli(argv, { cwd });
    expect(code).toBe(3);
    expect(stderr).toContain(words);
    expect(existsSync(join(cwd, 'sandbox.json'))).toBe(false);
  });
});
