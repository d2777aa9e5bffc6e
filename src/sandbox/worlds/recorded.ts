import { GIB, MIB } from '../../core/units.ts';
import type { Volume } from '../host.ts';
import type { World } from './world.ts';

function file(volid: string, content: 'iso' | 'vztmpl', format: string, size: number): Volume {
  return { volid, storage: 'local', node: 'pve1', content, format, size, ctime: 1_767_225_600 };
}

/** One node, as it was when answers of the real API were recorded: what the sandbox is held against. */
export const recordedWorld: World = {
  clusterName: null,
  nodes: [{ name: 'pve1', cpus: 16, memory: 24 * GIB, memoryUsed: 2 * GIB, online: true, bridges: ['vmbr0'] }],
  storages: [
    {
      id: 'local',
      type: 'dir',
      path: '/var/lib/vz',
      content: ['iso', 'vztmpl', 'backup', 'snippets', 'import'],
      shared: false,
      options: {},
    },
    {
      id: 'vmdata',
      type: 'dir',
      path: '/var/lib/vz-vmdata',
      content: ['images', 'rootdir'],
      shared: false,
      options: {},
    },
  ],
  capacities: { local: { total: 252 * GIB, used: 25 * GIB }, vmdata: { total: 252 * GIB, used: 25 * GIB } },
  volumes: [
    file('local:iso/debian-12.iso', 'iso', 'iso', MIB),
    file('local:iso/nixos-minimal-24.05.iso', 'iso', 'iso', MIB),
    file('local:iso/nixos-minimal-24.11.iso', 'iso', 'iso', MIB),
    file('local:vztmpl/debian-12-standard_12.7-1_amd64.tar.zst', 'vztmpl', 'tzst', 66_183),
  ],
  datacenter: { keyboard: 'en-us', mac_prefix: 'BC:24:11' },
  users: ['limited@pve'],
  acl: [
    { path: '/', type: 'user', ugid: 'limited@pve', roleid: 'PVEAuditor', propagate: true },
    { path: '/', type: 'token', ugid: 'limited@pve!ro', roleid: 'PVEAuditor', propagate: true },
  ],
  passwords: { 'root@pam': 'oracle-pass', 'limited@pve': 'limited-pass' },
  tokens: { 'root@pam!test': false, 'limited@pve!ro': true },
};
