import type { Field } from '../core/field.ts';
import { standsFor } from '../core/field-path.ts';

const DRIVE = /^(ide|sata|scsi|virtio)\d+$/;

/** The parts that all paths begin with. */
function commonParts(paths: readonly (readonly string[])[]): readonly string[] {
  const [first = []] = paths;
  const end = first.findIndex((part, index) => paths.some((path) => path[index] !== part));
  return first.slice(0, end < 0 ? undefined : end);
}

/** The path of the field, or of the map of fields, that a config key of Proxmox VE is written as. */
function pathOfKey(key: string, fields: readonly Field[]): readonly string[] {
  const names = [
    key,
    ...(/^[a-z]+\d+$/.test(key) ? [key.replace(/\d+$/, '*')] : []),
    ...(DRIVE.test(key) ? ['*'] : []),
  ];
  const name = names.find((candidate) => fields.some((field) => field.key === candidate));
  const path = commonParts(fields.filter((field) => field.key === name).map((field) => field.path.split('.')));
  // The addresses of net0 are ipconfig0: there the slot has another name than the key.
  const slot = path.findIndex((part) => part.endsWith('*') && key.startsWith('ipconfig'));
  return (slot < 0 ? path : path.slice(0, slot)).map((part) => (part.endsWith('*') ? key : part));
}

/** The path of the field in a map that stands for a key inside a property string of Proxmox VE, from that map on. */
function partOfSub(map: readonly string[], sub: string, fields: readonly Field[]): readonly string[] | undefined {
  const found = fields.find((field) => {
    const parts = field.path.split('.');
    return field.sub === sub && map.every((key, index) => standsFor(parts[index] ?? '', key));
  });
  return found?.path.split('.').slice(map.length);
}

/**
 * What a name of Proxmox VE's own is called here, where somebody writes it by habit: `ostype` is os.type, `net0` is
 * network.net0, and `tag` in a network interface is vlan. `map` leads to the map that the name stands in, which the path
 * is told from where it can be. Undefined for what is no such name.
 */
export function ownNameOf(map: readonly string[], name: string, fields: readonly Field[]): string | undefined {
  const part = map.length === 0 ? undefined : partOfSub(map, name, fields);
  if (part !== undefined) return part.join('.');
  const path = pathOfKey(name, fields);
  if (path.length === 0) return undefined;
  const isInside = map.length > 0 && path.length > map.length && map.every((key, index) => path[index] === key);
  const own = path.slice(isInside ? map.length : 0).join('.');
  return own === name ? undefined : own;
}
