import type { OptionKey, OptionPart } from '../../core/option-key.ts';
import { codecOf } from '../../pve/codecs/codecs.ts';
import { PropertyStringError, parsePropertyString, printPropertyString } from '../../pve/codecs/property-string.ts';
import type { PropertyFormat } from '../../pve/facts/facts.ts';

type Parts = Readonly<Record<string, string>>;

/** A value by its sub-keys; undefined for plain text, and for what cannot be taken apart. */
export function optionParts(option: OptionKey, text: string): Parts | undefined {
  if (option.parts === undefined) return undefined;
  try {
    // The generator takes the parts from the formats of the API facts.
    return parsePropertyString(text, option.parts as PropertyFormat);
  } catch (error) {
    if (error instanceof PropertyStringError) return undefined;
    throw error;
  }
}

function canonicalPart(fact: OptionPart | undefined, text: string): string {
  const type = fact?.type;
  return type === 'boolean' || type === 'integer' || type === 'number' ? String(codecOf(type).parse(text)) : text;
}

/** Sub-keys with their defaults filled in, so that what is said and what goes without saying are the same. */
function withDefaults(option: OptionKey, parts: Parts): ReadonlyMap<string, string> {
  const filled = new Map<string, string>();
  for (const [sub, fact] of Object.entries(option.parts ?? {})) {
    if (fact.default !== undefined && fact.default !== null) filled.set(sub, canonicalPart(fact, String(fact.default)));
  }
  for (const [sub, text] of Object.entries(parts)) filled.set(sub, canonicalPart(option.parts?.[sub], text));
  return filled;
}

function words(text: string): readonly string[] {
  return text.split(/[,;\s]+/).filter((word) => word !== '');
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text).trim();
  } catch {
    return text;
  }
}

// Values that are lists or encodings by code of their own (qemu-server: PVE/QemuServer.pm, PVE/QemuServer/Cloudinit.pm).
const CANONICAL: Readonly<Record<string, (text: string) => string>> = {
  hotplug: (text) => (text === '1' ? 'disk,network,usb' : text === '0' ? '' : [...words(text)].sort().join(',')),
  nameserver: (text) => words(text).join(' '),
  searchdomain: (text) => words(text).join(' '),
  sshkeys: decoded,
};

/**
 * Whether what is written (`left`) and what is stored (`right`) say the same: property strings by their sub-keys and defaults, lists by their words,
 * numbers by value, anything else as text. Proxmox VE stores most of them as they were sent.
 */
export function meansSame(key: string, option: OptionKey, left: string, right: string): boolean {
  if (left === right) return true;
  // `1` has Proxmox VE make one, which any that is there answers (qemu-server: PVE/QemuServer.pm, vmgenid).
  if (key === 'vmgenid' && left === '1') return right !== '0';
  const canonical = CANONICAL[key];
  if (canonical !== undefined) return canonical(left) === canonical(right);
  if (option.type === 'number' || option.type === 'integer') return Number(left) === Number(right);
  const [a, b] = [optionParts(option, left), optionParts(option, right)];
  if (a === undefined || b === undefined) return false;
  const [one, other] = [withDefaults(option, a), withDefaults(option, b)];
  return one.size === other.size && [...one].every(([sub, text]) => other.get(sub) === text);
}

/**
 * The value that is to be written; undefined where the key is to go. The uuid in `smbios1` tells one guest from another,
 * and Proxmox VE drops it where it is not sent again (qemu-server: PVE/API2/Qemu.pm): the live one is carried along.
 */
export function completed(
  key: string,
  option: OptionKey,
  text: string | undefined,
  live: string | undefined,
): string | undefined {
  if (key !== 'smbios1' || live === undefined) return text;
  const parts = optionParts(option, text ?? '');
  const uuid = optionParts(option, live)?.['uuid'];
  if (parts === undefined || parts['uuid'] !== undefined || uuid === undefined) return text;
  return printPropertyString({ ...parts, uuid }, option.parts as PropertyFormat);
}
