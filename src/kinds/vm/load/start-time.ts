import { storedParts } from '../live.ts';

// What a guest has that says nothing (qemu-server: PVE/QemuServer/Memory.pm).
const USUAL_MIB = '512';
const LARGE_MIB = 30 * 1024;
// Before QEMU is started, the storages are made ready, and what is locked is waited for.
const BEFORE_MS = 600_000;

/** The memory of a guest in MiB, by its config values. */
export function memoryMib(texts: ReadonlyMap<string, string>): number {
  const text = texts.get('memory') ?? USUAL_MIB;
  return Number(storedParts('memory', text)?.['current'] ?? text);
}

/**
 * How long a guest may take to start, in milliseconds: what Proxmox VE itself gives QEMU, by memory, devices and network
 * interfaces (qemu-server: PVE/QemuServer/Helpers.pm, config_aware_timeout), and 10 minutes for what comes before.
 */
export function startTime(texts: ReadonlyMap<string, string>, isSuspended: boolean): number {
  const keys = [...texts.keys()];
  const mib = memoryMib(texts);
  const bySize = mib > LARGE_MIB ? Math.floor(mib / 1024) : 30;
  const withDevices = keys.some((key) => /^hostpci\d+$/.test(key)) ? bySize * 4 : bySize;
  const least = isSuspended ? 300 : texts.has('hugepages') ? 150 : 0;
  const nics = keys.filter((key) => /^net\d+$/.test(key)).length;
  return BEFORE_MS + (Math.max(withDevices, least) + nics * 5) * 1000;
}
