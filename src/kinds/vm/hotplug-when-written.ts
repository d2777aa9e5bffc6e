import type { LiveState, ManagedValue } from '../kind.ts';

const DEFAULT_FEATURES: readonly string[] = ['disk', 'network', 'usb'];

// Drives and interfaces are written in requests of their own, after everything else.
const WRITTEN_LATER: ReadonlySet<string> = new Set(['disk', 'network']);

/**
 * The `hotplug` features by which a running guest takes what a plan writes. A change of `hotplug` holds for the requests
 * after its own; where memory or processors are in it, before or after, it waits for the next start (qemu-server:
 * PVE/QemuServer.pm, vmconfig_hotplug_pending).
 */
export function hotplugWhenWritten(live: LiveState, desired: readonly ManagedValue[]): ReadonlySet<string> {
  const wanted = desired.find(({ key }) => key === 'hotplug');
  if (!live.running || wanted === undefined) return live.hotplug;
  const next = (wanted.value ?? DEFAULT_FEATURES) as readonly string[];
  if ([...live.hotplug, ...next].some((feature) => feature === 'cpu' || feature === 'memory')) return live.hotplug;
  return new Set([
    ...[...live.hotplug].filter((feature) => !WRITTEN_LATER.has(feature)),
    ...next.filter((feature) => WRITTEN_LATER.has(feature)),
  ]);
}
