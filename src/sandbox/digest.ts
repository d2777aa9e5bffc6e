import { createHash } from 'node:crypto';

/** SHA-1 of a config file's text, as Proxmox VE makes its `digest`. */
export function digestOfText(text: string): string {
  return createHash('sha1').update(text).digest('hex');
}
