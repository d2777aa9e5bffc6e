import type { ParameterFact } from '../pve/facts/facts.ts';

/** How many of each numbered parameter Proxmox VE knows (qemu-server: PVE/QemuServer.pm, Drive.pm, Network.pm, …). */
const COUNTS: Readonly<Record<string, number>> = {
  'net[n]': 32,
  'ide[n]': 4,
  'sata[n]': 6,
  'scsi[n]': 31,
  'virtio[n]': 16,
  'unused[n]': 256,
  'serial[n]': 4,
  'parallel[n]': 3,
  'numa[n]': 8,
  'hostpci[n]': 16,
  'usb[n]': 14,
  'ipconfig[n]': 32,
  'virtiofs[n]': 10,
};

/** The facts of a parameter by the name it has in a request, as in `net0`; undefined where there is no such parameter. */
export function parameterFact(
  parameters: Readonly<Record<string, ParameterFact>>,
  name: string,
): ParameterFact | undefined {
  if (Object.hasOwn(parameters, name) && !name.endsWith('[n]')) return parameters[name];
  const [, stem, digits] = /^([a-z]+)(0|[1-9]\d*)$/.exec(name) ?? [];
  if (stem === undefined || digits === undefined) return undefined;
  const numbered = `${stem}[n]`;
  const isKnown = Object.hasOwn(parameters, numbered) && Number(digits) < (COUNTS[numbered] ?? 0);
  return isKnown ? parameters[numbered] : undefined;
}
