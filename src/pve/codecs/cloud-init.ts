import { type Json, jsonEqual } from '../../core/json.ts';
import type { Codec } from './codec.ts';
import { shortAddress } from './ip-address.ts';
import { decodeUrlText } from './url-encoding.ts';
import { splitWords } from './words.ts';

const asText = (value: Json): string => String(value);
const identity = (value: Json): Json => value;

/**
 * An IP address, with or without the length of a prefix, in one spelling: IPv6 in lower case and compressed. Text that is
 * none (`dhcp`, `auto`) stays as it is, in lower case.
 */
export function canonicalAddress(text: string): string {
  const [address = '', ...length] = text.trim().toLowerCase().split('/');
  const prefix = length.map((part) => `/${/^\d+$/.test(part) ? Number(part) : part}`).join('');
  return `${shortAddress(address)}${prefix}`;
}

const ipNetwork: Codec = {
  fromSpec: (value) => canonicalAddress(asText(value)),
  toSpec: identity,
  parse: canonicalAddress,
  print: asText,
};

// Proxmox VE keeps the separators as they were sent (qemu-server: PVE/QemuServer/Cloudinit.pm splits at blanks and commas).
const wordList: Codec = {
  fromSpec: identity,
  toSpec: identity,
  parse: splitWords,
  print: (value) => (value as readonly string[]).join(' '),
};

const ipAddresses: Codec = {
  ...wordList,
  fromSpec: (value) => (value as readonly string[]).map(canonicalAddress),
  parse: (wire) => splitWords(wire).map(canonicalAddress),
};

// Any of these may stand before the type of a key, as options of it: sshd's authorized_keys format.
const KEY_TYPE = /^(?:ssh|ecdsa|sk)-[a-z0-9@.-]+$/;

/** What tells one public key from another: its options, its type and the key itself, without the comment. */
function keyIdentity(line: string): string {
  const parts = line.trim().split(/\s+/);
  const at = parts.findIndex((part) => KEY_TYPE.test(part));
  return at < 0 ? parts.join(' ') : parts.slice(0, at + 2).join(' ');
}

function keyLines(text: string): string[] {
  return text
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'));
}

const sshKeys: Codec = {
  fromSpec: (value) => (value as readonly string[]).flatMap(keyLines),
  toSpec: identity,
  parse: (wire) => keyLines(decodeUrlText(wire)),
  // The value itself is URL-encoded text, and stays so (pve-common: PVE/JSONSchema.pm, the format urlencoded).
  print: (value) => encodeURIComponent((value as readonly string[]).join('\n')),
  agrees: (desired, live) => {
    const identities = (keys: Json): string[] => [...new Set((keys as readonly string[]).map(keyIdentity))].sort();
    return jsonEqual(identities(desired), identities(live));
  },
};

/** The codecs of what cloud-init is told (qemu-server: PVE/QemuServer/Cloudinit.pm). */
export const cloudInitCodecs: Readonly<Record<string, Codec>> = {
  'ip-network': ipNetwork,
  'ip-addresses': ipAddresses,
  'ssh-keys': sshKeys,
  words: wordList,
};
