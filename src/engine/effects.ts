import type { ChangeClass, Effect } from '../core/effect.ts';
import type { LiveState } from '../kinds/kind.ts';

/** What a change does, and what a reader should know beside it. */
export interface Impact {
  readonly effect: Effect;
  readonly note?: string;
}

function pendingNote(live: LiveState): string {
  const features = [...live.hotplug].sort();
  return `pending until restart (hotplug: ${features.length === 0 ? 'none' : features.join(', ')})`;
}

/**
 * What a change of a class does to a guest in its present state (qemu-server: PVE/QemuServer.pm,
 * vmconfig_hotplug_pending): on a stopped guest every change is just written.
 */
export function impactOf(changeClass: ChangeClass, live: LiveState): Impact {
  if (!live.running) return { effect: 'none' };
  switch (changeClass) {
    case 'I':
    case 'L':
      return { effect: 'live' };
    case 'S':
      return {
        effect: 'restart',
        note: 'the running guest keeps the old value until its next start; Proxmox VE does not show that',
      };
    case 'C':
      // qemu-server: PVE/QemuServer/Cloudinit.pm: the drive is made anew at every start, and by a call of its own.
      return { effect: 'restart', note: 'cloud-init in the guest reads it when it boots next' };
    case 'P':
    case 'X':
      return { effect: 'restart', note: pendingNote(live) };
    default: {
      const feature = changeClass.slice('H:'.length);
      return live.hotplug.has(feature) ? { effect: 'live' } : { effect: 'restart', note: pendingNote(live) };
    }
  }
}
