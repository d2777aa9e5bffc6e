import type { ChangeClass } from '../../core/effect.ts';

const WITHOUT_HOTPLUG = 'otherwise it waits until the guest is stopped and started';

/** What a change of a class does to a running guest, in words (the classes of qemu-server: PVE/QemuServer.pm). */
export function effectWords(changeClass: ChangeClass): string {
  switch (changeClass) {
    case 'I':
      return 'takes effect at once';
    case 'L':
      return 'takes effect on the running guest';
    case 'P':
      return 'is written, and waits until the guest is stopped and started';
    case 'S':
      return 'is written, and takes effect when the guest is stopped and started; Proxmox VE does not show it as pending';
    case 'C':
      return 'is written, and the cloud-init drive made anew; the guest reads it when it boots next';
    case 'X':
      return 'cannot be changed in place';
    default:
      return `takes effect on the running guest where its hotplug holds ${changeClass.slice(2)}; ${WITHOUT_HOTPLUG}`;
  }
}
