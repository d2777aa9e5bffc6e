/**
 * Whether a part of a field's path stands for a key of a document: the key itself, `*` for any, `usb*` for `usb0` and the
 * like. A path that is general itself (`usb*`) stands for its own.
 */
export function standsFor(part: string, key: string): boolean {
  if (part === '*' || part === key) return true;
  return part.endsWith('*') && key.startsWith(part.slice(0, -1)) && /^\d+$/.test(key.slice(part.length - 1));
}

const PARTS = new Map<string, readonly string[]>();

/** The parts of a field's path, as in `disks`, `*`, `size`. Each path is taken apart once, however many documents there are. */
export function partsOfPath(path: string): readonly string[] {
  const known = PARTS.get(path);
  if (known !== undefined) return known;
  const parts = path.split('.');
  PARTS.set(path, parts);
  return parts;
}
