import { failure } from '../api-error.ts';
import { splitList } from '../check-value.ts';
import type { Call } from '../host.ts';
import { STORAGE_TYPES, type StorageType, takesKey } from './storage-types.ts';

/** What a request says of a storage, checked against its type. */
export interface StorageOptions {
  /** The keys of its section in `storage.cfg`. */
  readonly values: Readonly<Record<string, string>>;
  /** Passwords and keys, which `storage.cfg` does not hold. */
  readonly secrets: Readonly<Record<string, string>>;
}

/** Parameters that are no keys of a section. */
const NOT_KEYS = new Set(['storage', 'type', 'digest', 'delete']);

/** Takes the keys of a section from a request; throws for one that the type has not (PVE/SectionConfig.pm, check_config). */
export function optionsIn(type: StorageType, params: Call['params'], isNew: boolean): StorageOptions {
  const { secret, fixed, content } = STORAGE_TYPES[type];
  const values: Record<string, string> = {};
  const secrets: Record<string, string> = {};
  for (const [key, value] of Object.entries(params)) {
    if (NOT_KEYS.has(key) || (isNew && key === 'nodes' && value === '')) continue;
    if (secret.includes(key)) {
      secrets[key] = String(value);
      continue;
    }
    if (!isNew && fixed.includes(key)) throw failure(`can't change value of fixed parameter '${key}'`);
    if (!takesKey(type, key)) throw failure(`unexpected property '${key}'`);
    values[key] = storedValue(key, String(value), content);
  }
  return { values, secrets };
}

function storedValue(key: string, value: string, allowed: readonly string[]): string {
  if (key === 'nodes') return splitList(value).join(',');
  if (key === 'content-dirs') return [...splitList(value)].sort().join(',');
  if (key === 'prune-backups') return pruneOptions(value);
  if (key !== 'content') return value;
  // Content that the type does not hold is dropped without a word to the client.
  const kept = splitList(value).filter((item, index, items) => allowed.includes(item) && items.indexOf(item) === index);
  if (kept.includes('none') && kept.length > 1) throw failure("unable to combine 'none' with other content types");
  if (kept.length === 0 && !allowed.includes('none')) throw failure("storage does not support content type 'none'");
  return kept.length === 0 ? 'none' : kept.join(',');
}

/** Nothing but zeros means that all backups are kept (PVE/Storage/Plugin.pm, validate_prune_backups). */
function pruneOptions(value: string): string {
  const pairs = value.split(',').filter((pair) => pair !== '');
  const counts = pairs.filter((pair) => !pair.startsWith('keep-all='));
  return counts.some((pair) => Number(pair.split('=')[1]) > 0) ? value : 'keep-all=1';
}
