/** Bytes in a KiB, MiB, GiB and TiB. Proxmox VE's K, M, G and T are these too. */
export const KIB = 1024;
export const MIB: number = 1024 * KIB;
export const GIB: number = 1024 * MIB;
export const TIB: number = 1024 * GIB;

const UNITS: readonly (readonly [letter: string, bytes: number])[] = [
  ['T', TIB],
  ['G', GIB],
  ['M', MIB],
  ['K', KIB],
];

/** A size with a unit, as a spec writes it: `32GiB`, `512MiB`, `1.5TiB`, or `32G` as Proxmox VE does. */
const SIZE_PATTERN: RegExp = /^(\d+(?:\.\d+)?)\s?([KMGT])(?:iB)?$/;

/** The bytes of a size with a unit; undefined where the text is no such size, or no whole number of bytes. */
export function parseSize(text: string): number | undefined {
  const match = SIZE_PATTERN.exec(text);
  if (match === null) return undefined;
  const unit = UNITS.find(([letter]) => letter === match[2])?.[1] ?? 1;
  const bytes = Number(match[1]) * unit;
  return Number.isSafeInteger(bytes) ? bytes : undefined;
}

function largestExactUnit(bytes: number): readonly [letter: string, bytes: number] | undefined {
  return bytes === 0 ? undefined : UNITS.find(([, size]) => bytes % size === 0);
}

/** A size as a spec writes it, in the largest unit that is exact: `32GiB`. */
export function formatSize(bytes: number): string {
  const unit = largestExactUnit(bytes);
  return unit === undefined ? `${bytes}B` : `${bytes / unit[1]}${unit[0]}iB`;
}

/** A size for people, as in `32 GiB`. */
export function displaySize(bytes: number): string {
  const unit = largestExactUnit(bytes);
  return unit === undefined ? `${bytes} B` : `${bytes / unit[1]} ${unit[0]}iB`;
}

const DURATION_UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** The milliseconds of a duration such as `30s`, `5m`, `2h`; undefined where the text is none. */
export function parseDuration(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/.exec(text);
  if (match === null) return undefined;
  return Number(match[1]) * (DURATION_UNITS[match[2] ?? ''] ?? 1);
}

/** A duration for people: `0.2 s`, `12 s`, `2 min 5 s`. */
export function displayDuration(milliseconds: number): string {
  if (milliseconds < 10_000) return `${(milliseconds / 1000).toFixed(1)} s`;
  const seconds = Math.round(milliseconds / 1000);
  return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}
