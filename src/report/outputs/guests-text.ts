import { redact } from '../../core/redact.ts';
import { sanitizeLine } from '../../core/sanitize.ts';
import { columnWidth, pad } from '../table.ts';
import type { Theme } from '../theme.ts';
import type { GuestOutput } from './guest-output.ts';

const clean = (text: string): string => sanitizeLine(redact(text));
const MAX_COLUMN = 40;

/** A line for each guest, for people: address, id, node and IP address; `-` for what is not known. */
export function formatGuests(guests: readonly GuestOutput[], theme: Theme): string {
  const rows = guests.map(({ address, vmid, node, host }) => [
    clean(address),
    String(vmid ?? '-'),
    clean(node ?? '-'),
    host ?? '-',
  ]);
  const table = [['RESOURCE', 'ID', 'NODE', 'ADDRESS'], ...rows];
  const widths = [0, 1, 2].map((column) =>
    columnWidth(
      table.map((row) => row[column] ?? ''),
      MAX_COLUMN,
    ),
  );
  const lines = table.map((row) =>
    row
      .map((cell, column) => pad(cell, widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
  return lines.map((line, index) => `${index === 0 ? theme.faint(line) : line}\n`).join('');
}
