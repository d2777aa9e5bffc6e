import { isIP } from 'node:net';

function bytesOf(address: string): readonly number[] {
  if (isIP(address) === 4) return address.split('.').map(Number);
  const [head = '', tail] = address.split('::');
  const groups = (text: string): number[] =>
    text === ''
      ? []
      : text.split(':').flatMap((group) => [Number.parseInt(group, 16) >> 8, Number.parseInt(group, 16) & 255]);
  const [left, right] = [groups(head), groups(tail ?? '')];
  return [...left, ...new Array<number>(16 - left.length - right.length).fill(0), ...right];
}

function textOf(bytes: readonly number[]): string {
  if (bytes.length === 4) return bytes.join('.');
  const groups = bytes.flatMap((byte, index) =>
    index % 2 === 0 ? [((byte << 8) | (bytes[index + 1] ?? 0)).toString(16)] : [],
  );
  return new URL(`http://[${groups.join(':')}]`).hostname.slice(1, -1);
}

/**
 * Why a network is none that a rule can name: its address has bits beyond its prefix, which Proxmox VE refuses there
 * (pve-firewall: PVE/Firewall.pm, parse_address_list). Undefined where it is fine. The text is in canonical form.
 */
export function networkProblem(text: string): string | undefined {
  const [address = '', prefix] = text.split('/');
  if (prefix === undefined || isIP(address) === 0 || address.includes('.') !== (isIP(address) === 4)) return undefined;
  const bytes = bytesOf(address);
  const masked = bytes.map(
    (byte, index) => byte & ~(255 >> Math.min(8, Math.max(0, Number(prefix) - index * 8))) & 255,
  );
  if (masked.every((byte, index) => byte === bytes[index])) return undefined;
  return `${text} has bits beyond its prefix. Write ${textOf(masked)}/${prefix}, or ${address} for the one address.`;
}
