/**
 * Tags as Proxmox VE stores them (pve-guest-common: PVE/GuestHelpers.pm, get_unique_tags): split at `,`, `;` and
 * blanks, without duplicates, lower-cased and sorted unless the datacenter's `tag-style` says otherwise.
 */
export function normaliseTags(text: string, tagStyle = ''): string {
  const isCaseSensitive = /(?:^|,)case-sensitive=(?:1|on|yes|true)(?:,|$)/i.test(tagStyle);
  const isOrderKept = /(?:^|,)ordering=config(?:,|$)/.test(tagStyle);
  const words = text.split(/[,;\s]+/).filter((word) => word !== '');
  const tags = [...new Set(isCaseSensitive ? words : words.map((word) => word.toLowerCase()))];
  if (!isOrderKept) tags.sort((a, b) => compare(a.toLowerCase(), b.toLowerCase()) || compare(a, b));
  return tags.join(';');
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
