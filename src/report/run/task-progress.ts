const UNITS: Readonly<Record<string, number>> = { B: 1, KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30, TiB: 2 ** 40 };

// qemu-server: PVE/QemuServer/QemuImage.pm and BlockJob.pm, `transferred 1.0 GiB of 2.0 GiB (50.00%)`, of a mirror with
// the drive's name before it. pve-guest-common: PVE/AbstractMigrate.pm has no share, only what was sent of what there is.
const TRANSFERRED = /\btransferred ([\d.]+) ([KMGT]?i?B) of ([\d.]+) ([KMGT]?i?B)(?: VM-state)?(?: \(([\d.]+)%\))?/;
// pve-common: PVE/Tools.pm, download_file_from_url: the lines of wget, dots and all.
const WGET = /^\s*\d+[KMGT]?[ .]+\s(\d{1,3})%(?:\s|$)/;
// vma and pbs-restore say `progress 12% (read …)`, vzdump `INFO:  12% (4.0 GiB of 32.0 GiB) in 3s`.
const COUNTED = /^(?:INFO:\s*)?(?:progress )?(\d{1,3})% \(/;

function bytesOf(amount: string | undefined, unit: string | undefined): number {
  return Number(amount) * (UNITS[unit ?? ''] ?? Number.NaN);
}

/** What a line of a task's log says in words: nothing where it only draws how far a download is. */
export function wordsOf(line: string): string {
  return WGET.test(line) ? '' : line.trim();
}

/** How much of its work a task has done, from 0 to 100, as a line of its log says; undefined where it does not. */
export function percentOf(line: string): number | undefined {
  const moved = TRANSFERRED.exec(line);
  const told = moved?.[5] ?? WGET.exec(line)?.[1] ?? COUNTED.exec(line)?.[1];
  const share = (bytesOf(moved?.[1], moved?.[2]) / bytesOf(moved?.[3], moved?.[4])) * 100;
  const percent = told === undefined ? share : Number(told);
  return Number.isFinite(percent) && percent >= 0 ? Math.min(100, Math.floor(percent)) : undefined;
}
