import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isObject } from '../../src/core/json.ts';
import type { GeneratedConfig } from './generated-configs.ts';

// What a config file holds under another form, or not at all.
const NO_SETTINGS = new Set(['digest', 'snaptime', 'cipassword', 'lock', 'template']);

function texts(rows: readonly (readonly [key: string, value: unknown])[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    rows
      .filter(([key, value]) => value !== undefined && !NO_SETTINGS.has(key))
      .map(([key, value]) => [key, String(value)]),
  );
}

function configIn(data: unknown): GeneratedConfig | undefined {
  if (Array.isArray(data)) {
    const items = data.filter(isObject);
    return {
      current: texts(items.map((item) => [String(item['key']), item['value']])),
      pending: texts(items.map((item) => [String(item['key']), item['pending']])),
      removed: items.filter((item) => item['delete'] !== undefined).map((item) => String(item['key'])),
    };
  }
  return isObject(data) ? { current: texts(Object.entries(data)), pending: {}, removed: [] } : undefined;
}

/** The configs of QEMU guests, with what was pending, that a version of the real Proxmox VE answered with; each once. */
export function recordedConfigs(folder: string, version: string): readonly GeneratedConfig[] {
  const found = new Map<string, GeneratedConfig>();
  for (const file of readdirSync(join(folder, version))) {
    for (const line of readFileSync(join(folder, version, file), 'utf8').split('\n')) {
      if (line === '') continue;
      // The recorder wrote each line in this shape.
      const exchange = JSON.parse(line) as { method: string; path: string; status: number; response?: unknown };
      if (exchange.method !== 'GET' || exchange.status !== 200) continue;
      if (!/\/qemu\/\d+\/(config|pending)$/.test(exchange.path)) continue;
      const config = configIn(isObject(exchange.response) ? exchange.response['data'] : undefined);
      if (config === undefined || Object.keys(config.current).length === 0) continue;
      const { smbios1: _, vmgenid: __, meta: ___, ...told } = config.current;
      found.set(JSON.stringify([told, config.pending, config.removed]), config);
    }
  }
  return [...found.values()];
}
