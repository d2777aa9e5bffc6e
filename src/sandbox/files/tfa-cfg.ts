import { isObject } from '../../core/json.ts';

/** A user's secret for one-time codes. */
export interface TotpEntry {
  readonly id: string;
  readonly description: string;
  /** Seconds since the epoch. */
  readonly created: number;
  /** As in `otpauth://totp/Proxmox%20VE:root%40pam?secret=…`. */
  readonly uri: string;
}

/** Reads `priv/tfa.cfg`; of second factors only one-time codes are known (proxmox-tfa: src/api/mod.rs, TfaConfig). */
export function parseTfaCfg(text: string): Map<string, readonly TotpEntry[]> {
  const result = new Map<string, readonly TotpEntry[]>();
  const config: unknown = text.trim() === '' ? {} : JSON.parse(text);
  const users = isObject(config) && isObject(config['users']) ? config['users'] : {};
  for (const [userid, user] of Object.entries(users)) {
    const entries = isObject(user) && Array.isArray(user['totp']) ? user['totp'] : [];
    result.set(userid, entries.flatMap(entryOf));
  }
  return result;
}

function entryOf(value: unknown): readonly TotpEntry[] {
  if (!isObject(value) || !isObject(value['info']) || typeof value['entry'] !== 'string') return [];
  const { id, description, created } = value['info'];
  return [
    { id: String(id), description: String(description ?? ''), created: Number(created ?? 0), uri: value['entry'] },
  ];
}

/** The text of `priv/tfa.cfg`. */
export function formatTfaCfg(users: ReadonlyMap<string, readonly TotpEntry[]>): string {
  const entries = [...users].map(([userid, totp]) => [
    userid,
    { totp: totp.map(({ id, description, created, uri }) => ({ info: { id, description, created }, entry: uri })) },
  ]);
  return `${JSON.stringify({ users: Object.fromEntries(entries) })}\n`;
}

/** The secret of an entry, base32. */
export function secretOf({ uri }: TotpEntry): string {
  return new URL(uri).searchParams.get('secret') ?? '';
}
