import type { Field } from '../../core/field.ts';
import type { Json } from '../../core/json.ts';
import { vmFields } from '../../generated/fields/vm.ts';
import { codecOf } from '../../pve/codecs/codecs.ts';
import { PropertyStringError, parsePropertyString } from '../../pve/codecs/property-string.ts';
import { formatValue } from '../value-text.ts';

const PARTS = 'disks.*.';
const FORMAT = { file: { default_key: 1 } } as const;

let bySub: ReadonlyMap<string, Field> | undefined;

/** The field of a disk that is stored under a sub-key of its config text. */
function fieldOf(sub: string): Field | undefined {
  bySub ??= new Map(
    vmFields.flatMap((field) =>
      field.path.startsWith(PARTS) && field.sub !== undefined ? [[field.sub, field] as const] : [],
    ),
  );
  return bySub.get(sub);
}

function partsOf(text: string): Readonly<Record<string, string>> | undefined {
  try {
    return parsePropertyString(text, FORMAT);
  } catch (error) {
    if (error instanceof PropertyStringError) return undefined;
    throw error;
  }
}

/**
 * A disk as its guest's config has it, in the words of the spec: `4 GiB on ceph-pool, ssd, volume ceph-pool:vm-108-disk-2`.
 * Undefined for what cannot be taken apart (qemu-server: PVE/QemuServer/Drive.pm, print_drive).
 */
export function diskInWords(text: string): string | undefined {
  const { file, size, ...options } = partsOf(text) ?? {};
  if (file === undefined) return undefined;
  const storage = /^([^:/]+):/.exec(file)?.[1];
  const words: Record<string, Json> = {};
  const set = (path: string, value: Json): void => {
    const [group = '', ...rest] = path.split('.');
    const inner = words[group];
    const nested = typeof inner === 'object' && inner !== null ? inner : {};
    words[group] = rest.length === 0 ? value : { ...nested, [rest.join('.')]: value };
  };
  const all = { ...(size === undefined ? {} : { size }), ...(storage === undefined ? {} : { storage }), ...options };
  for (const [sub, part] of Object.entries(all)) {
    const field = fieldOf(sub);
    const codec = codecOf(field?.codec ?? 'string');
    set(field?.path.slice(PARTS.length) ?? sub, codec.toSpec(codec.parse(part)));
  }
  return formatValue({ ...words, volume: file });
}
