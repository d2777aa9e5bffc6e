import { isIPv4, isIPv6 } from 'node:net';
import type { Diagnostic } from '../../../core/diagnostic.ts';
import { isObject, type JsonObject } from '../../../core/json.ts';
import { nearest } from '../../../core/nearest.ts';
import { originOf, type Resource, valueAt } from '../../../core/resource.ts';
import { canonicalAddress } from '../../../pve/codecs/cloud-init.ts';
import { takesMediumSlot } from '../disks/check-disks.ts';
import { devicesOf, specError } from '../vm-values.ts';
import { contains } from './networks.ts';

type Family = 4 | 6;

const WORDS: Readonly<Record<Family, readonly string[]>> = { 4: ['dhcp'], 6: ['auto', 'dhcp'] };
const EXAMPLES: Readonly<Record<Family, string>> = { 4: '192.0.2.10/24 or dhcp', 6: '2001:db8::10/64, auto or dhcp' };

function isAddress(text: string, family: Family): boolean {
  return family === 4 ? isIPv4(text) : isIPv6(text) && !text.includes('%');
}

function specWarning(resource: Resource, pointer: string, summary: string, detail: string): Diagnostic {
  return { ...specError(resource, pointer, summary, detail), severity: 'warning' };
}

/** Why a text is no address with a prefix (pve-common: PVE/JSONSchema.pm, pve_verify_cidrv4, pve_verify_cidrv6). */
function complaint(text: string, family: Family): string | undefined {
  if (WORDS[family].includes(text)) return undefined;
  const [address = '', length, ...more] = text.split('/');
  if (!isAddress(address, family) || more.length > 0)
    return `is no IPv${family} address. Write it as in ${EXAMPLES[family]}.`;
  const most = family === 4 ? 32 : 128;
  if (length === undefined)
    return `lacks the length of the network’s prefix. Write it too, as in ${text}/${family === 4 ? 24 : 64}.`;
  if (/^\d{1,3}$/.test(length) && Number(length) >= 8 && Number(length) <= most) return undefined;
  return `has a prefix of ${length}. It is 8 to ${most}.`;
}

function checkFamily(resource: Resource, slot: string, family: Family): readonly Diagnostic[] {
  const at = `/cloudInit/addresses/${slot}`;
  const [address, gateway] = [
    valueAt(resource.spec, `${at}/ipv${family}`),
    valueAt(resource.spec, `${at}/gateway${family}`),
  ];
  const name = `cloudInit.addresses.${slot}`;
  const wrong = typeof address === 'string' ? complaint(address, family) : undefined;
  if (wrong !== undefined)
    return [
      specError(
        resource,
        `${at}/ipv${family}`,
        'no address',
        `${name}.ipv${family} is ${String(address)}, which ${wrong}`,
      ),
    ];
  if (typeof gateway !== 'string') return [];
  const pointer = `${at}/gateway${family}`;
  const said = `${name}.gateway${family} is ${gateway}`;
  if (!isAddress(gateway, family))
    return [
      specError(resource, pointer, 'no address', `${said}, which is no IPv${family} address. It takes no prefix.`),
    ];
  if (typeof address !== 'string') {
    const detail = `${said}, and there is no ipv${family} beside it, without which Proxmox VE refuses it. Write both, or neither.`;
    return [specError(resource, pointer, 'a gateway without an address', detail)];
  }
  if (WORDS[family].includes(address)) {
    const detail = `${said}, and ipv${family} is ${address}, where the gateway comes from the network: it has no effect. Leave it out.`;
    return [specWarning(resource, pointer, 'a gateway without effect', detail)];
  }
  if (contains(address, gateway)) return [];
  const detail = `${said}, which lies outside of ${address}: few guests can reach it there. Look whether address, prefix and gateway belong together.`;
  return [specWarning(resource, pointer, 'the gateway lies outside of the network', detail)];
}

function addressesOf(resource: Resource): readonly (readonly [slot: string, addresses: JsonObject])[] {
  const addresses = valueAt(resource.spec, '/cloudInit/addresses');
  if (!isObject(addresses)) return [];
  return Object.entries(addresses).flatMap(([slot, entry]) =>
    isObject(entry) ? [[slot, entry as JsonObject] as const] : [],
  );
}

/** Addresses are for interfaces of the document; where it does not write any, those of the guest are its own affair. */
function checkInterface(resource: Resource, slot: string): readonly Diagnostic[] {
  if (!isObject(resource.spec['network']) || originOf(resource, '/network').builtIn) return [];
  const known = devicesOf(resource, 'network').map(([name]) => name);
  if (known.includes(slot) || resource.spec['defaults'] === 'none') return [];
  const near = nearest(slot, known);
  const has = known.length === 0 ? 'It has none.' : `It has ${known.join(', ')}.`;
  const remedy = near === undefined ? '' : ` Did you mean ${near}?`;
  const detail = `cloudInit.addresses has ${slot}, and the document has no such network interface. ${has}${remedy}`;
  return [specError(resource, `/cloudInit/addresses/${slot}`, 'unknown network interface', detail)];
}

function checkTwice(resource: Resource): readonly Diagnostic[] {
  const seen = new Map<string, string>();
  return addressesOf(resource).flatMap(([slot, entry]) =>
    (['ipv4', 'ipv6'] as const).flatMap((name) => {
      const text = entry[name];
      if (typeof text !== 'string' || !text.includes('/')) return [];
      const address = canonicalAddress(text).split('/')[0] ?? '';
      const other = seen.get(address);
      seen.set(address, slot);
      if (other === undefined) return [];
      const detail = `cloudInit.addresses.${slot}.${name} is ${text}, the address of ${other}. Give each interface one of its own.`;
      return [specError(resource, `/cloudInit/addresses/${slot}/${name}`, 'address stands twice', detail)];
    }),
  );
}

function checkNameservers(resource: Resource): readonly Diagnostic[] {
  const servers = valueAt(resource.spec, '/cloudInit/nameservers');
  if (!Array.isArray(servers)) return [];
  return servers.flatMap((server, index) => {
    if (isIPv4(String(server)) || isIPv6(String(server))) return [];
    const detail = `cloudInit.nameservers has ${String(server)}, which is no IP address, as 192.0.2.53 is.`;
    return [specError(resource, `/cloudInit/nameservers/${index}`, 'no address', detail)];
  });
}

function checkKeys(resource: Resource): readonly Diagnostic[] {
  const keys = valueAt(resource.spec, '/cloudInit/sshKeys');
  if (!Array.isArray(keys)) return [];
  return keys.flatMap((key, index) => {
    const lines = String(key)
      .split(/\r?\n/)
      .filter((line) => line.trim() !== '' && !line.trim().startsWith('#'));
    // Proxmox VE asks ssh-keygen (qemu-server: PVE/API2/Qemu.pm); this much it certainly wants.
    if (lines.every((line) => /(?:^|\s)(?:ssh|ecdsa|sk)-[a-z0-9@.-]+\s+[A-Za-z0-9+/]+=*(?:\s|$)/.test(line))) return [];
    const isPrivate = /PRIVATE KEY/.test(String(key));
    const what = isPrivate ? 'is a private key, which belongs nowhere but on its owner’s disk' : 'is no public SSH key';
    const detail = `cloudInit.sshKeys[${index}] ${what}. Write the line of the .pub file, as in ssh-ed25519 AAAA… name.`;
    return [specError(resource, `/cloudInit/sshKeys/${index}`, 'no public key', detail)];
  });
}

function checkSlot(resource: Resource): readonly Diagnostic[] {
  const slot = valueAt(resource.spec, '/cloudInit/drive');
  if (typeof slot !== 'string') return [];
  const disks = resource.spec['disks'];
  const isDisk = isObject(disks) && isObject(disks[slot]);
  if (!isDisk && (slot !== 'ide2' || !takesMediumSlot(resource))) return [];
  const taken = isDisk ? `the disk disks.${slot}` : 'the installation medium (os.media)';
  const detail = `cloudInit.drive is ${slot}, the slot of ${taken}. Write another slot, or leave drive out.`;
  return [specError(resource, '/cloudInit/drive', 'slot taken', detail)];
}

/**
 * The rules of cloud-init: addresses and gateways that are some, of interfaces that there are, a slot that is free,
 * public keys. What Proxmox VE takes though it makes little sense is a warning.
 */
export function checkCloudInit(resource: Resource): readonly Diagnostic[] {
  if (!isObject(resource.spec['cloudInit'])) return [];
  return [
    ...checkSlot(resource),
    ...addressesOf(resource).flatMap(([slot]) => [
      ...checkInterface(resource, slot),
      ...checkFamily(resource, slot, 4),
      ...checkFamily(resource, slot, 6),
    ]),
    ...checkTwice(resource),
    ...checkNameservers(resource),
    ...checkKeys(resource),
  ];
}
