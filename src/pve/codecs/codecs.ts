import { isObject, type Json, jsonEqual } from '../../core/json.ts';
import { formatSize, GIB, KIB, MIB, parseDuration, parseSize, TIB } from '../../core/units.ts';
import { cloudInitCodecs } from './cloud-init.ts';
import type { Codec } from './codec.ts';
import { DEVICE_CODECS } from './device-codecs.ts';
import { firewallCodecs } from './firewall.ts';
import { NUMBER_SET_CODECS } from './number-sets.ts';
import { untilCodec } from './until.ts';
import { sortedSet, splitWords } from './words.ts';

const identity = (value: Json): Json => value;

const text: Codec = { fromSpec: identity, toSpec: identity, parse: identity, print: (value) => String(value) };

const number: Codec = {
  fromSpec: identity,
  toSpec: identity,
  parse: (wire) => (wire.trim() !== '' && Number.isFinite(Number(wire)) ? Number(wire) : wire),
  print: (value) => value as number,
};

// Proxmox VE keeps the spelling of booleans inside property strings that it stores as sent (pve-common: JSONSchema.pm).
const TRUE = new Set(['1', 'on', 'yes', 'true']);
const FALSE = new Set(['0', 'off', 'no', 'false']);

const boolean: Codec = {
  fromSpec: identity,
  toSpec: identity,
  parse: (wire) => (TRUE.has(wire.toLowerCase()) ? true : FALSE.has(wire.toLowerCase()) ? false : wire),
  print: (value) => (value === true ? 1 : 0),
};

const UNIT_OF_LETTER: Readonly<Record<string, number>> = { '': 1, K: KIB, M: MIB, G: GIB, T: TIB };

/** The bytes of a size as Proxmox VE prints it (`32G`, `528K`, plain bytes); undefined where the text is none. */
export function parseDiskSize(wire: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)([KMGT]?)$/.exec(wire);
  return match === null ? undefined : Math.trunc(Number(match[1]) * (UNIT_OF_LETTER[match[2] ?? ''] ?? 1));
}

/** A size as Proxmox VE prints it: in the largest unit that is exact (pve-common: JSONSchema.pm, format_size). */
export function printDiskSize(bytes: number): string {
  for (const letter of ['T', 'G', 'M', 'K']) {
    const unit = UNIT_OF_LETTER[letter] as number;
    if (bytes % unit === 0) return `${bytes / unit}${letter}`;
  }
  return String(bytes);
}

const size: Codec = {
  fromSpec: (value) => parseSize(String(value)) ?? value,
  // A volume of no size is of no unit either.
  toSpec: (value) => (value === 0 ? '0GiB' : typeof value === 'number' ? formatSize(value) : value),
  parse: (wire) => parseDiskSize(wire) ?? wire,
  print: (value) => printDiskSize(value as number),
};

const mebibytes: Codec = {
  ...size,
  parse: (wire) => (/^\d+$/.test(wire) ? Number(wire) * MIB : wire),
  print: (value) => (value as number) / MIB,
};

const balloon: Codec = {
  ...mebibytes,
  fromSpec: (value) => (value === false ? 0 : mebibytes.fromSpec(value)),
  toSpec: (value) => (value === 0 ? false : mebibytes.toSpec(value)),
};

const seconds: Codec = {
  fromSpec: (value) => Math.round((parseDuration(String(value)) ?? 0) / 1000),
  toSpec: (value) => `${value}s`,
  parse: number.parse,
  print: (value) => value as number,
};

const tags: Codec = {
  fromSpec: (value) => sortedSet((value as readonly string[]).map((tag) => tag.toLowerCase())),
  toSpec: identity,
  parse: (wire) => sortedSet(splitWords(wire).map((tag) => tag.toLowerCase())),
  print: (value) => (value as readonly string[]).join(';'),
};

const description: Codec = {
  // Proxmox VE drops white space at the end (qemu-server: PVE/QemuServer.pm, parse_vm_config).
  fromSpec: (value) => String(value).replace(/\s+$/, ''),
  toSpec: identity,
  parse: (wire) => wire.replace(/\s+$/, ''),
  print: (value) => value as string,
};

const discard: Codec = {
  fromSpec: identity,
  toSpec: identity,
  parse: (wire) => (wire === 'on' ? true : wire === 'ignore' ? false : wire),
  print: (value) => (value === true ? 'on' : 'ignore'),
};

const flags: Codec = {
  fromSpec: (value) => sortedSet(value as readonly string[]),
  toSpec: identity,
  parse: (wire) => sortedSet(splitWords(wire)),
  print: (value) => (value as readonly string[]).join(';'),
};

// One queue is what a NIC has without any (qemu-server: PVE/QemuServer.pm, print_netdev_full).
const queues: Codec = {
  ...number,
  fromSpec: (value) => (value === 1 ? 0 : value),
  parse: (wire) => (Number(wire) === 1 ? 0 : number.parse(wire)),
};

const mac: Codec = {
  fromSpec: (value) => String(value).toUpperCase(),
  toSpec: identity,
  parse: (wire) => wire.toUpperCase(),
  print: (value) => value as string,
};

const bootOrder: Codec = {
  fromSpec: identity,
  toSpec: identity,
  parse: splitWords,
  print: (value) => (value as readonly string[]).join(';'),
};

/** Whether a file name fits a pattern with `*` and `?`; case counts. */
export function matchesPattern(name: string, pattern: string): boolean {
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${source}$`, 's').test(name);
}

const medium: Codec = {
  fromSpec: (value) => (value === 'physical' ? 'cdrom' : value),
  toSpec: (value) => (value === 'cdrom' ? 'physical' : value),
  parse: identity,
  print: (value) => String(value),
  agrees: (desired, live) => {
    if (!isObject(desired) || typeof live !== 'string') return jsonEqual(desired, live);
    const { storage, latest } = desired as { storage: string; latest?: string };
    if (latest === undefined) return false;
    return live.startsWith(`${storage}:`) && matchesPattern(live.slice(live.lastIndexOf('/') + 1), latest);
  },
};

const MACHINE_VERSION = /-\d+(?:\.\d+)+(?:\+pve\d+)?(?:\.pxe)?$/;

const machine: Codec = {
  ...text,
  // Proxmox VE pins the version of a Windows guest's machine by itself (qemu-server: PVE/API2/Qemu.pm), so that a
  // chipset without a version is met by any version of it.
  agrees: (desired, live) =>
    desired === live ||
    desired === String(live).replace(MACHINE_VERSION, '').replace('pc-q35', 'q35').replace('pc-i440fx', 'pc'),
};

// What stands for a secret wherever one would be shown.
const HIDDEN = '********';

const secret: Codec = {
  // The canonical form is the placeholder that a step fills in, and of a live value just that there is one.
  fromSpec: identity,
  toSpec: () => HIDDEN,
  parse: () => HIDDEN,
  print: (value) => value as string,
  // Proxmox VE shows no secret, and stores a salted hash of it (qemu-server: PVE/API2/Qemu.pm): presence is all there is.
  agrees: () => true,
};

const CODECS: Readonly<Record<string, Codec>> = {
  string: text,
  integer: number,
  number,
  boolean,
  size,
  mebibytes,
  balloon,
  seconds,
  tags,
  description,
  discard,
  flags,
  queues,
  mac,
  medium,
  machine,
  'boot-order': bootOrder,
  ...cloudInitCodecs,
  secret,
  ...firewallCodecs,
  // Devices as a whole are told apart by their presence alone.
  volume: text,
  nic: text,
  ...DEVICE_CODECS,
  ...NUMBER_SET_CODECS,
  until: untilCodec,
};

/** The codec of a field's `x-pve.codec`. Throws where there is none of that name: the generator checks the names. */
export function codecOf(name: string): Codec {
  const codec = CODECS[name];
  if (codec === undefined) throw new Error(`no codec is called ${name}`);
  return codec;
}

/** The names of all codecs. */
export const CODEC_NAMES: readonly string[] = Object.keys(CODECS);
