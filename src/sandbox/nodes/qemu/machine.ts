import { behaviourOf } from '../../behaviour.ts';
import type { SandboxHost } from '../../host.ts';

type Versioned = Pick<SandboxHost, 'facts'>;

function isQ35(machine: string | undefined): boolean {
  return /^(?:type=)?(?:pc-)?q35/.test(machine ?? '');
}

/**
 * The versioned machine that a guest gets where its operating system is Windows and its machine has no version, so
 * that its devices stay where they are; undefined where nothing is to be pinned (qemu-server: Machine.pm).
 */
export function pinnedMachine(
  host: Versioned,
  ostype: string | undefined,
  machine: string | undefined,
): string | undefined {
  if (!/^w(?:in|2k|xp|vista)/.test(ostype ?? '')) return undefined;
  const [type = '', ...rest] = (machine ?? 'pc').split(',');
  const name = type.replace(/^type=/, '');
  if (name !== 'pc' && name !== 'q35') return undefined;
  return [`pc-${name === 'q35' ? 'q35' : 'i440fx'}-${behaviourOf(host).pinnedMachine}`, ...rest].join(',');
}

/** The machine that a running guest reports. */
export function runningMachine(host: Versioned, machine: string | undefined): string {
  const name = (machine ?? '').split(',')[0]?.replace(/^type=/, '') ?? '';
  if (/^pc-(?:q35|i440fx)-/.test(name)) return name;
  return `pc-${isQ35(machine) ? 'q35' : 'i440fx'}-${behaviourOf(host).runningMachine}`;
}
