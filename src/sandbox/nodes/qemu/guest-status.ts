import type { JsonObject } from '../../../core/json.ts';
import { behaviourOf } from '../../behaviour.ts';
import type { GuestEntry, SandboxHost } from '../../host.ts';
import { bootDisks } from './boot-order.ts';
import { isCdrom, parseDiskSize, parseDrive } from './drive.ts';
import { memoryOf } from './memory.ts';

const MIB = 1024 * 1024;
/** Bytes that QEMU itself takes on the host. */
const PROCESS_MEMORY = 50 * MIB;

/** The bytes that a guest uses while it runs. */
export function memoryOfRunning({ config }: GuestEntry): number {
  return (memoryOf(config.current['memory']) * MIB) / 4;
}

/** What the list of guests and `status/current` both say of a guest (qemu-server: PVE/QemuServer.pm, vmstatus). */
export function guestStatus(host: SandboxHost, entry: GuestEntry): JsonObject {
  const config = new Map(Object.entries(entry.config.current));
  const startedAt = host.guests.startedAt(entry.vmid);
  const isRunning = startedAt !== undefined;
  const maxmem = memoryOf(config.get('memory')) * MIB;
  const mem = isRunning ? memoryOfRunning(entry) : 0;
  const balloon = Number(config.get('balloon') ?? 0);
  const nics = [...config.keys()].filter((key) => /^net\d+$/.test(key));
  return {
    vmid: entry.vmid,
    name: config.get('name') ?? `VM ${entry.vmid}`,
    status: isRunning ? 'running' : 'stopped',
    uptime: isRunning ? Math.floor((host.clock.now() - startedAt) / 1000) : 0,
    cpus: Number(config.get('vcpus') ?? Number(config.get('sockets') ?? 1) * Number(config.get('cores') ?? 1)),
    cpu: 0,
    mem,
    maxmem,
    ...(behaviourOf(host).tellsHostMemory ? { memhost: isRunning ? PROCESS_MEMORY : 0 } : {}),
    disk: 0,
    maxdisk: bootDiskSizeOf(host, entry, config),
    netin: 0,
    netout: 0,
    ...(balloon > 0 ? { balloon_min: balloon * MIB, shares: Number(config.get('shares') ?? 1000) } : {}),
    ...given(config, 'tags'),
    ...given(config, 'lock'),
    ...(config.get('template') === '1' ? { template: 1 } : {}),
    ...(config.has('serial0') && isRunning ? { serial: 1 } : {}),
    ...(isRunning ? { pid: 1000 + entry.vmid, diskread: 0, diskwrite: 0 } : {}),
    ...(isRunning && nics.length > 0 ? { nics: tapsOf(entry.vmid, nics) } : {}),
  };
}

function given(config: ReadonlyMap<string, string>, key: string): JsonObject {
  const value = config.get(key);
  return value === undefined ? {} : { [key]: value };
}

function tapsOf(vmid: number, nics: readonly string[]): JsonObject {
  return Object.fromEntries(nics.map((nic) => [`tap${vmid}i${nic.slice(3)}`, { netin: 0, netout: 0 }]));
}

// An entry is made anew with each change of its config.
const bootDiskSizes = new WeakMap<GuestEntry, number>();

function bootDiskSizeOf(host: SandboxHost, entry: GuestEntry, config: ReadonlyMap<string, string>): number {
  const size = bootDiskSizes.get(entry) ?? bootDiskSize(host, config);
  bootDiskSizes.set(entry, size);
  return size;
}

function bootDiskSize(host: SandboxHost, config: ReadonlyMap<string, string>): number {
  for (const key of bootDisks(config)) {
    const text = config.get(key);
    const drive = text === undefined ? undefined : parseDrive(host.facts, key, text);
    if (drive === undefined || isCdrom(drive)) continue;
    return parseDiskSize(drive.options['size'] ?? '') ?? 0;
  }
  return 0;
}
