import { X509Certificate } from 'node:crypto';
import type { JsonObject } from '../../core/json.ts';
import { ApiError } from '../api-error.ts';
import type { NodeState } from '../host.ts';
import type { HouseCall, HouseEndpoint } from '../house.ts';
import { pveVersion } from '../version.ts';
import { certificatesEndpoint } from './certificates.ts';
import { networkEndpoints } from './network.ts';
import { memoryInUse, nodeRow, nodeUptime, ROOT_FILE_SYSTEM } from './node-row.ts';
import { nodeStorageEndpoints } from './storage/endpoints.ts';
import { systemEndpoints } from './system.ts';
import { taskEndpoints } from './tasks.ts';
import { timeEndpoint } from './time.ts';
import { urlMetadataEndpoint } from './url-metadata.ts';

/** The calls below `/nodes`, but for those on guests (pve-manager: PVE/API2/Nodes.pm). */
export const nodeEndpoints: readonly HouseEndpoint[] = [
  { method: 'GET', path: '/nodes', handle: list },
  { method: 'GET', path: '/nodes/{node}/status', handle: status },
  { method: 'POST', path: '/nodes/{node}/status', handle: power },
  { method: 'GET', path: '/nodes/{node}/version', handle: ({ host }) => ({ ...pveVersion(host) }) },
  { method: 'GET', path: '/nodes/{node}/lxc', handle: () => [] },
  ...networkEndpoints,
  ...systemEndpoints,
  timeEndpoint,
  urlMetadataEndpoint,
  certificatesEndpoint,
  ...nodeStorageEndpoints,
  ...taskEndpoints,
];

function list({ host, user }: HouseCall): readonly JsonObject[] {
  // All nodes answer through one port, and so with one certificate.
  const fingerprint = new X509Certificate(host.certificate()).fingerprint256;
  return [...host.nodes.values()].map((node) => {
    const mayAudit = host.access.privileges(user, `/nodes/${node.name}`).has('Sys.Audit');
    return { ...nodeRow(host, node, mayAudit), ssl_fingerprint: fingerprint };
  });
}

/** The hosts have no power of their own here; the parameters are checked before. */
function power({ params }: HouseCall): never {
  throw new ApiError(501, `The sandbox does not ${params['command']} nodes`);
}

function status({ host, params }: HouseCall): JsonObject {
  // The dispatcher has checked that the node exists.
  const node = host.nodes.get(String(params['node'])) as NodeState;
  const used = memoryInUse(host, node);
  const free = node.memory - used;
  const { total, used: rootUsed } = ROOT_FILE_SYSTEM;
  const available = total - rootUsed;
  return {
    cpu: 0,
    wait: 0,
    idle: 0,
    loadavg: ['0.00', '0.00', '0.00'],
    uptime: nodeUptime(host),
    memory: { total: node.memory, used, free, available: free },
    swap: { total: 0, used: 0, free: 0 },
    rootfs: { total, used: rootUsed, free: available, avail: available },
    ksm: { shared: 0 },
    cpuinfo: {
      cpus: node.cpus,
      cores: node.cpus,
      sockets: 1,
      model: 'pvevm sandbox',
      hvm: '1',
      mhz: '2000.000',
      user_hz: 100,
    },
    'boot-info': { mode: 'efi', secureboot: 0 },
    'current-kernel': { sysname: 'Linux', machine: 'x86_64', release: '6.18.0-pve', version: '#1 SMP PREEMPT_DYNAMIC' },
    kversion: 'Linux 6.18.0-pve #1 SMP PREEMPT_DYNAMIC',
    pveversion: `pve-manager/${pveVersion(host).version}/${pveVersion(host).repoid}`,
  };
}
