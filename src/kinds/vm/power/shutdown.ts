import type { Resource } from '../../../core/resource.ts';
import { displayDuration } from '../../../core/units.ts';
import { storedParts } from '../live.ts';
import { type Draft, TIMEOUTS } from '../steps.ts';
import { timeoutOf } from './timeouts.ts';

// A hard stop comes after the time that the guest has, and takes a moment itself (PVE/QemuServer.pm, vm_stop).
const AFTERWARDS_MS = 60_000;

/** A guest that is to be shut down. */
export interface ShutdownTarget {
  readonly node: string;
  readonly vmid: number;
  /** The text of its `startup`, whose `down` is how long it may take; undefined where it has none. */
  readonly startup: string | undefined;
}

/** How many seconds a guest has to shut down: what its document says, what its `startup` does, or 5 minutes. */
export function shutdownSeconds(resource: Resource, startup: string | undefined): number {
  const written = timeoutOf(resource, 'shutdown');
  if (written !== undefined) return Math.ceil(written / 1000);
  const down = Number(startup === undefined ? 0 : (storedParts('startup', startup)?.['down'] ?? 0));
  return down > 0 ? down : TIMEOUTS.power / 1000;
}

/** For how long the end of a shutdown's task is waited for. */
export function shutdownWait(seconds: number): Draft['await'] {
  return { for: 'task', timeoutMs: seconds * 1000 + AFTERWARDS_MS };
}

/**
 * The step that asks a guest to shut down, through its agent or ACPI, and waits for it. Where it does not follow in time
 * the step fails and the guest runs on; with `forced` it is stopped hard then, and so is one that is paused
 * (qemu-server: PVE/API2/Qemu.pm, vm_shutdown).
 */
export function shutdownDraft(resource: Resource, target: ShutdownTarget, forced: boolean, why = ''): Draft {
  const { node, vmid, startup } = target;
  const seconds = shutdownSeconds(resource, startup);
  const limit = displayDuration(seconds * 1000).replace(' min 0 s', ' min');
  return {
    title: `shut down${why}${forced ? `; stop hard after ${limit}` : ''}`,
    effect: 'restart',
    ...(forced ? { needs: ['hard-stop'] } : {}),
    request: {
      method: 'POST',
      path: `/nodes/${node}/qemu/${vmid}/status/shutdown`,
      params: { timeout: seconds, ...(forced ? { forceStop: 1 } : {}) },
    },
    await: shutdownWait(seconds),
    ...(forced
      ? {}
      : {
          hints: [
            `Where guest ${vmid} did not shut down in ${limit}, it runs on. Give it longer (timeouts.shutdown), shut it down from within, or let it be stopped hard: --allow hard-stop.`,
          ],
        }),
  };
}
