import type { ChangeClass, Effect } from '../core/effect.ts';
import type { Change } from '../core/plan.ts';
import type { Downtime, LiveState } from '../kinds/kind.ts';

/** What a change does, and what a reader should know beside it. */
export interface Impact extends Pick<Change, 'appliedBy'> {
  readonly effect: Effect;
  readonly note?: string;
}

function pendingNote(live: LiveState): string {
  const features = [...live.hotplug].sort();
  return `pending until restart (hotplug: ${features.length === 0 ? 'none' : features.join(', ')})`;
}

function downtimeNote({ by, around }: Downtime): string {
  if (around) return 'made while the guest is shut down';
  return by === 'restart' ? 'takes effect with the restart' : 'in effect when the guest starts again';
}

/** What becomes of a change that the running guest does not take: it waits, unless the plan takes the guest down. */
function waiting({ downtime }: LiveState, note: string): Impact {
  return downtime === undefined
    ? { effect: 'restart', note }
    : { effect: 'restart', appliedBy: downtime.by, note: downtimeNote(downtime) };
}

/** What becomes of a change that was written before and waits: `what` it is, as in `written`. */
export function impactOfWritten(what: string, live: LiveState): Impact {
  const { downtime } = live;
  if (downtime === undefined) return { effect: 'restart', note: `${what}; takes effect at the next full start` };
  const then = downtime.by === 'restart' ? 'takes effect with the restart' : 'in effect when the guest starts again';
  return { effect: 'restart', appliedBy: downtime.by, note: `${what} before; ${then}` };
}

/**
 * What a change of a class does to a guest in its present state (qemu-server: PVE/QemuServer.pm,
 * vmconfig_hotplug_pending): on a stopped guest every change is just written.
 */
export function impactOf(changeClass: ChangeClass, live: LiveState): Impact {
  if (!live.running) return { effect: 'none' };
  const taken: Impact =
    live.downtime?.around === true ? { effect: 'none', note: downtimeNote(live.downtime) } : { effect: 'live' };
  switch (changeClass) {
    case 'I':
    case 'L':
      return taken;
    case 'S':
      return waiting(live, 'the running guest keeps the old value until its next start; Proxmox VE does not show that');
    case 'C':
      // qemu-server: PVE/QemuServer/Cloudinit.pm: the drive is made anew at every start, and by a call of its own.
      return waiting(live, 'cloud-init in the guest reads it when it boots next');
    case 'P':
    case 'X':
      return waiting(live, pendingNote(live));
    default:
      return live.hotplug.has(changeClass.slice('H:'.length)) ? taken : waiting(live, pendingNote(live));
  }
}
