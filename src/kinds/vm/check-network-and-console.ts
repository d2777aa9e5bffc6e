import type { Diagnostic } from '../../core/diagnostic.ts';
import { type Resource, valueAt } from '../../core/resource.ts';
import { checkMebibytes } from './devices/check-devices.ts';
import { devicesOf, specError } from './vm-values.ts';

const HIGHEST_VLAN = 4094;

function checkModel(resource: Resource, slot: string): readonly Diagnostic[] {
  const model = valueAt(resource.spec, `/network/${slot}/model`);
  if (model === undefined || model === 'virtio') return [];
  return ['mtu', 'queues'].flatMap((name) => {
    const pointer = `/network/${slot}/${name}`;
    const value = valueAt(resource.spec, pointer);
    // No queues are the same as none written.
    if (typeof value !== 'number' || (name === 'queues' && value === 0)) return [];
    const detail = `network.${slot}.${name} needs model: virtio, and the model is ${String(model)}.`;
    return [specError(resource, pointer, 'does not fit', detail)];
  });
}

function checkTrunks(resource: Resource, slot: string): readonly Diagnostic[] {
  const trunks = valueAt(resource.spec, `/network/${slot}/trunks`);
  if (!Array.isArray(trunks)) return [];
  return trunks.flatMap((trunk, index) => {
    const [low = 0, high = low] = String(trunk).split('-').map(Number);
    if (low >= 1 && high >= low && high <= HIGHEST_VLAN) return [];
    const detail =
      low > high
        ? `network.${slot}.trunks has ${String(trunk)}, whose end lies before its beginning. Write ${high}-${low}.`
        : `network.${slot}.trunks has ${String(trunk)}; VLANs are 1 to ${HIGHEST_VLAN}.`;
    return [specError(resource, `/network/${slot}/trunks/${index}`, 'out of range', detail)];
  });
}

function checkDisplay(resource: Resource): readonly Diagnostic[] {
  const pointer = '/console/display/type';
  const display = valueAt(resource.spec, pointer);
  if (typeof display !== 'string' || !display.startsWith('serial')) return [];
  const serial = valueAt(resource.spec, display === 'serial0' ? '/console/serial' : `/devices/${display}`);
  // A document without built-in defaults may leave a port alone that is there.
  if (typeof serial === 'string' || (serial === undefined && resource.spec['defaults'] === 'none')) return [];
  const remedy =
    display === 'serial0'
      ? 'Write serial: socket beside it, or console: serial for both.'
      : `Write devices: { ${display}: socket } beside it.`;
  const detail = `console.display is ${display}, a port that the document does not define. ${remedy}`;
  return [specError(resource, pointer, 'no such serial port', detail)];
}

// What Proxmox VE takes for the memory of a display, in MiB (qemu-server: PVE/QemuServer.pm, $vga_fmt).
const DISPLAY_MEMORY = [4, 512] as const;

/** The rules of network interfaces and the console: `mtu` and `queues` with virtio, VLAN ranges, a display on a serial port that is there. */
export function checkNetworkAndConsole(resource: Resource): readonly Diagnostic[] {
  const slots = devicesOf(resource, 'network').map(([slot]) => slot);
  return [
    ...slots.flatMap((slot) => [...checkModel(resource, slot), ...checkTrunks(resource, slot)]),
    ...checkDisplay(resource),
    ...checkMebibytes(resource, 'console.display.memory', DISPLAY_MEMORY),
  ];
}
