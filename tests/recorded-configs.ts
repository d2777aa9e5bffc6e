import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isObject } from '../src/core/json.ts';

/** What is read of a recorded exchange. */
interface Exchange {
  readonly method: string;
  readonly path: string;
  readonly params?: readonly (readonly [key: string, value: unknown])[] | null;
  readonly status: number;
  readonly response?: unknown;
}

/** A value that the real Proxmox VE answered with, and where. */
export interface StoredValue {
  readonly key: string;
  readonly text: string;
  /** As in `9.2/12-qemu-snap-clone #34`: the line of the exchange. */
  readonly source: string;
}

/** A value that was sent, and what was stored by the next read: undefined where the key was not there. */
export interface SentValue extends StoredValue {
  readonly stored: string | undefined;
}

const GUEST = /\/nodes\/pve1\/qemu\/(\d+)(\/.*)?$/;

function dataOf({ response }: Exchange): unknown {
  return isObject(response) ? response['data'] : undefined;
}

function recordingsOf(folder: string, version: string): readonly (readonly [name: string, Exchange[]])[] {
  return readdirSync(join(folder, version)).map((file) => {
    const lines = readFileSync(join(folder, version, file), 'utf8').split('\n');
    // The recorder wrote each line in this shape.
    const exchanges = lines.filter((line) => line !== '').map((line) => JSON.parse(line) as Exchange);
    return [`${version}/${file.replace('.jsonl', '')}`, exchanges] as const;
  });
}

/** The config that an answer shows, as it is after the next start; undefined where it shows none. */
function configIn(exchange: Exchange): ReadonlyMap<string, string> | undefined {
  const [, , rest] = GUEST.exec(exchange.path) ?? [];
  const data = dataOf(exchange);
  if (exchange.method !== 'GET' || exchange.status !== 200) return undefined;
  if (rest === '/config' && isObject(data) && !(exchange.params ?? []).some(([key]) => key === 'current')) {
    return new Map(Object.entries(data).map(([key, value]) => [key, String(value)]));
  }
  if (rest !== '/pending' || !Array.isArray(data)) return undefined;
  const items = data.filter(isObject).filter((item) => item['delete'] === undefined);
  return new Map(
    items.flatMap((item) => {
      const value = item['pending'] ?? item['value'];
      return value === undefined ? [] : [[String(item['key']), String(value)]];
    }),
  );
}

/** All distinct values of the guests' configs that a version answered with, current and pending ones. */
export function storedValues(folder: string, version: string): readonly StoredValue[] {
  const values = new Map<string, StoredValue>();
  for (const [name, exchanges] of recordingsOf(folder, version)) {
    for (const [index, exchange] of exchanges.entries()) {
      const data = dataOf(exchange);
      if (exchange.method !== 'GET' || exchange.status !== 200) continue;
      if (!/\/qemu\/\d+\/(config|pending)$/.test(exchange.path)) continue;
      const texts = Array.isArray(data)
        ? data.filter(isObject).flatMap(({ key, value, pending }) => [
            [String(key), value],
            [String(key), pending],
          ])
        : Object.entries(isObject(data) ? data : {});
      for (const [key, text] of texts) {
        if (text === undefined) continue;
        const value = { key: String(key), text: String(text), source: `${name} #${index + 1}` };
        if (!values.has(`${value.key}\n${value.text}`)) values.set(`${value.key}\n${value.text}`, value);
      }
    }
  }
  return [...values.values()];
}

function vmidOf({ path, params }: Exchange): string | undefined {
  return GUEST.exec(path)?.[1] ?? (params ?? []).find(([key]) => key === 'vmid')?.[1]?.toString();
}

function isConfigWrite({ method, path }: Exchange): boolean {
  return (
    (method === 'POST' && /\/nodes\/pve1\/qemu$/.test(path)) || (method !== 'GET' && /\/qemu\/\d+\/config$/.test(path))
  );
}

/** Whether a write was done: a task that it started has to have ended well. */
function isDone(write: Exchange, later: readonly Exchange[]): boolean {
  if (write.status !== 200) return false;
  const upid = dataOf(write);
  if (typeof upid !== 'string' || !upid.startsWith('UPID:')) return true;
  const status = later.find(({ path }) => path.endsWith(`/tasks/${upid}/status`));
  const answer = status === undefined ? undefined : dataOf(status);
  return isObject(answer) && /^(OK|WARNINGS)/.test(String(answer['exitstatus']));
}

/** The values of writes that were done, each with what the next read of that guest showed before any write. */
export function sentValues(folder: string, version: string): readonly SentValue[] {
  return recordingsOf(folder, version).flatMap(([name, exchanges]) =>
    exchanges.flatMap((write, index) => {
      const later = exchanges.slice(index + 1);
      if (!isConfigWrite(write) || !isDone(write, later)) return [];
      const end = later.findIndex(({ method }) => method !== 'GET');
      const reads = later.slice(0, end < 0 ? undefined : end).filter((read) => vmidOf(read) === vmidOf(write));
      const config = reads.map(configIn).find((found) => found !== undefined);
      if (config === undefined) return [];
      return (write.params ?? []).map(([key, value]) => {
        const stored = config.get(key === 'cdrom' ? 'ide2' : key);
        return { key: key === 'cdrom' ? 'ide2' : key, text: String(value), stored, source: `${name} #${index + 1}` };
      });
    }),
  );
}
