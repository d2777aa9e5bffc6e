import type { Diagnostic } from '../../core/diagnostic.ts';
import { isObject } from '../../core/json.ts';
import { nearest } from '../../core/nearest.ts';
import type { Resource } from '../../core/resource.ts';
import { takesMediumSlot } from './disks/check-disks.ts';
import { devicesOf, specError } from './vm-values.ts';

/**
 * The devices that a boot order names must be in the document, for Proxmox VE refuses others (qemu-server:
 * PVE/QemuServer.pm, "invalid bootorder"). Where the document takes no built-in defaults, a device that it does not
 * mention may be on the guest already; `hostpci` and `usb` devices are no part of a document.
 */
export function checkBoot(resource: Resource): readonly Diagnostic[] {
  const boot = resource.spec['boot'];
  if (!Array.isArray(boot)) return [];
  const disks = devicesOf(resource, 'disks').map(([slot]) => slot);
  const present = [
    ...disks,
    ...(takesMediumSlot(resource) ? ['ide2'] : []),
    ...devicesOf(resource, 'network').map(([slot]) => slot),
  ];
  const diagnostics: Diagnostic[] = [];
  for (const [index, device] of boot.map(String).entries()) {
    if (/^(hostpci|usb)/.test(device) || present.includes(device)) continue;
    const map = resource.spec[device.startsWith('net') ? 'network' : 'disks'];
    const removed = isObject(map) && map[device] === null;
    if (!removed && resource.spec['defaults'] === 'none') continue;
    const near = nearest(device, present);
    const what = removed ? 'the document removes it' : 'the document has no such device';
    const has = present.length === 0 ? 'It has none.' : `It has ${present.join(', ')}.`;
    const remedy = removed ? 'Take it out of boot.' : near === undefined ? has : `${has} Did you mean ${near}?`;
    diagnostics.push(
      specError(resource, `/boot/${index}`, 'unknown boot device', `boot names ${device}, and ${what}. ${remedy}`),
    );
  }
  return diagnostics;
}
