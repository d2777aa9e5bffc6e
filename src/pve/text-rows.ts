import { isObject } from '../core/json.ts';
import { unexpected } from './decode.ts';

/** One object of an answer as texts, without what the server computes beside it (`digest`, `pos`, …). */
export type TextRow = Readonly<Record<string, string>>;

// What the firewall's and the HA manager's lists say beside what was written (pve-firewall: PVE/API2/Firewall/Rules.pm,
// copy_list_with_digest; pve-ha-manager: PVE/API2/HA/Rules.pm).
const COMPUTED: ReadonlySet<string> = new Set(['digest', 'pos', 'ipversion', 'errors', 'order']);

/** An answer and the digest in it; a list without items has none. */
export interface TextRows {
  readonly rows: readonly TextRow[];
  readonly digest?: string;
}

function rowOf(path: string, item: unknown): TextRow {
  if (!isObject(item)) throw unexpected(path, 'it is no object');
  return Object.fromEntries(
    Object.entries(item)
      .filter(([key, value]) => !COMPUTED.has(key) && value !== null && typeof value !== 'object')
      .map(([key, value]) => [key, typeof value === 'boolean' ? String(Number(value)) : String(value)]),
  );
}

/** Decodes a list of objects, or one object, as texts; throws `PVE_ERROR` for an answer of another shape. */
export function decodeTextRows(path: string, data: unknown): TextRows {
  const items: readonly unknown[] = Array.isArray(data) ? data : [data];
  const [first] = items;
  const digest = isObject(first) && typeof first['digest'] === 'string' ? { digest: first['digest'] } : {};
  return { rows: items.map((item) => rowOf(path, item)), ...digest };
}
