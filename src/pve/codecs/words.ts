/** The words of a list as Proxmox VE splits it: at commas, semicolons and blanks (pve-common: PVE/Tools.pm, split_list). */
export function splitWords(text: string): string[] {
  return text.split(/[,;\s]+/).filter((word) => word !== '');
}

/** Texts as a set: sorted, and each once. */
export function sortedSet(items: Iterable<string>): string[] {
  return [...new Set(items)].sort();
}
