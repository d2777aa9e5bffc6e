/**
 * Whether a part of a field's path stands for a key of a document: the key itself, `*` for any, `usb*` for `usb0` and the
 * like. A path that is general itself (`usb*`) stands for its own.
 */
export function standsFor(part: string, key: string): boolean {
  if (part === '*' || part === key) return true;
  return part.endsWith('*') && key.startsWith(part.slice(0, -1)) && /^\d+$/.test(key.slice(part.length - 1));
}
