import type { StepRequest } from '../../core/step.ts';
import type { TextRow } from '../../pve/text-rows.ts';
import { sameRow } from '../step/require-list.ts';
import type { State } from './config-outcome.ts';

const text = (value: unknown): string => (typeof value === 'boolean' ? String(Number(value)) : String(value));

const sameRows = (left: readonly TextRow[], right: readonly TextRow[]): boolean =>
  left.length === right.length && left.every((row, at) => sameRow(row, right[at] ?? {}));

/** Whether a row has what a request sets in it, and lacks what it deletes. */
export function hasFields(row: TextRow, { params }: StepRequest): boolean {
  const deleted = text(params['delete'] ?? '').split(',');
  const { digest: _digest, delete: _delete, ...set } = params;
  return (
    deleted.every((key) => key === '' || row[key] === undefined) &&
    Object.entries(set).every(([key, value]) => sameRow({ [key]: row[key] ?? '' }, { [key]: text(value) }))
  );
}

/** Whether an edit of a firewall's rules was carried out, by the list as it was planned on and as it is. */
export function ruleOutcome(request: StepRequest, planned: readonly TextRow[], rows: readonly TextRow[]): State {
  const { method, path, params } = request;
  if (method === 'POST' && rows.length > planned.length && sameRows(rows.slice(1), planned)) return 'done';
  const at = Number(/\/rules\/(\d+)$/.exec(path)?.[1]);
  const others = planned.filter((_row, index) => index !== at);
  if (method === 'DELETE' && sameRows(rows, others)) return 'done';
  const moved = planned[at];
  if (method === 'PUT' && moved !== undefined) {
    const to = params['moveto'];
    if (to !== undefined) {
      const place = Number(to) > at ? Number(to) - 1 : Number(to);
      if (sameRows(rows, [...others.slice(0, place), moved, ...others.slice(place)])) return 'done';
    } else {
      const rest = rows.filter((_row, index) => index !== at);
      if (sameRows(rest, others) && hasFields(rows[at] ?? {}, request)) return 'done';
    }
  }
  return sameRows(rows, planned) ? 'not-done' : 'unclear';
}

// pve-firewall: PVE/API2/Firewall/Aliases.pm and IPSet.pm: names in lower case, single addresses without their length.
const plain = (name: string): string => name.toLowerCase().replace(/\/(?:32|128)$/, '');

/** Whether an object that a request adds or removes is in its list. */
export function isListed({ method, path, params }: StepRequest, rows: readonly TextRow[]): boolean {
  const name =
    method === 'DELETE'
      ? decodeURIComponent(path.slice(path.lastIndexOf('/') + 1))
      : text(params['name'] ?? params['cidr'] ?? params['sid'] ?? '');
  const found = rows.find((row) => plain(row['name'] ?? row['cidr'] ?? row['sid'] ?? '') === plain(name));
  if (found === undefined || params['rename'] === undefined) return found !== undefined;
  return (found['comment'] ?? '') === text(params['comment'] ?? '');
}
