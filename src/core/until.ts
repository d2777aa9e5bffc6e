const UNITS: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000 };
const MINUTE_MS = 60_000;

/** The milliseconds of a lifetime such as `30m`, `4h` or `2d`; undefined where the text is none. */
export function parseTtl(text: string): number | undefined {
  const match = /^([1-9]\d{0,4})([mhd])$/.exec(text);
  return match === null ? undefined : Number(match[1]) * (UNITS[match[2] ?? ''] ?? 1);
}

/** A moment, in milliseconds since the epoch, as marks say it: UTC, on the next full minute, as in `2026-08-01T12:00Z`. */
export function formatUntil(milliseconds: number): string {
  const moment = new Date(Math.ceil(milliseconds / MINUTE_MS) * MINUTE_MS);
  return `${moment.toISOString().slice(0, 'yyyy-mm-ddThh:mm'.length)}Z`;
}

/** The moment of such a text, in milliseconds since the epoch; undefined where it is none. */
export function parseUntil(text: string): number | undefined {
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\dZ$/.test(text)) return undefined;
  const moment = Date.parse(text);
  return Number.isNaN(moment) ? undefined : moment;
}

/** The lifetime in the placeholder that stands for an end which is computed when its step runs, as in `{until:4h}`. */
export function ttlIn(text: string): string | undefined {
  return /^\{until:([^}]+)\}$/.exec(text)?.[1];
}
