import { type Json, jsonEqual } from '../../core/json.ts';
import type { Codec } from './codec.ts';
import { decodeUrlText } from './url-encoding.ts';
import { sortedSet, splitWords } from './words.ts';

const identity = (value: Json): Json => value;

function lowered(value: Json): Json {
  return typeof value === 'string' ? value.toLowerCase() : value;
}

/** Text whose case says nothing, as in a uuid or a hexadecimal number; it is sent as it was written. */
const caseless: Codec = {
  fromSpec: identity,
  toSpec: identity,
  parse: identity,
  print: (value) => String(value),
  agrees: (desired, live) => jsonEqual(lowered(desired), lowered(live)),
};

/** `1` has Proxmox VE make an id, which any that is there answers, and `0` is none (qemu-server: PVE/QemuServer.pm). */
const generationId: Codec = {
  fromSpec: identity,
  toSpec: identity,
  parse: (wire) => (wire === '1' ? true : wire === '0' ? false : wire),
  print: (value) => (typeof value === 'boolean' ? Number(value) : String(value)),
  agrees: (desired, live) => (desired === true ? live !== false : jsonEqual(lowered(desired), lowered(live))),
};

const DEFAULT_HOTPLUG = ['disk', 'network', 'usb'];

/** The features of `hotplug`: `1` is Proxmox VE's default, `0` is none (qemu-server: PVE/QemuServer.pm). */
const hotplug: Codec = {
  fromSpec: (value) => sortedSet(value as readonly string[]),
  toSpec: identity,
  parse: (wire) => (wire === '1' ? DEFAULT_HOTPLUG : wire === '0' ? [] : sortedSet(splitWords(wire))),
  print: (value) => (value as readonly string[]).join(',') || '0',
};

function pciAddress(text: string): string {
  const address = text.toLowerCase();
  return address.split(':').length === 2 ? `0000:${address}` : address;
}

/** PCI addresses with their domain, which may be left out where it is 0000 (pve-common: PVE/SysFSTools.pm, lspci). */
const pciAddresses: Codec = {
  fromSpec: (value) => (Array.isArray(value) ? value.map(String) : String(value).split(';')).map(pciAddress),
  toSpec: (value) => (Array.isArray(value) && value.length === 1 ? (value[0] as Json) : value),
  parse: (wire) => wire.split(';').map(pciAddress),
  print: (value) => (value as readonly string[]).join(';'),
};

/** A USB device: hexadecimal ids with or without `0x` and in any case, a bus and port, or `spice` (PVE/QemuServer/USB.pm). */
const usbDevice: Codec = {
  fromSpec: (value) => String(value).toLowerCase().replaceAll('0x', ''),
  toSpec: identity,
  parse: (wire) => wire.toLowerCase().replaceAll('0x', ''),
  print: (value) => String(value),
};

/** Text that Proxmox VE stores percent-encoded (pve-common: PVE/JSONSchema.pm, the format urlencoded). */
const urlencoded: Codec = {
  fromSpec: identity,
  toSpec: identity,
  parse: decodeUrlText,
  print: (value) => encodeURIComponent(String(value)),
};

/** A device as a whole, which is told apart by its presence alone. */
const device: Codec = { fromSpec: identity, toSpec: identity, parse: identity, print: (value) => String(value) };

/** The codecs of devices and of what belongs to the machine, by name. */
export const DEVICE_CODECS: Readonly<Record<string, Codec>> = {
  caseless,
  device,
  'generation-id': generationId,
  hotplug,
  'pci-address': pciAddresses,
  urlencoded,
  'usb-device': usbDevice,
};
