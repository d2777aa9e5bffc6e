import type { JsonObject } from '../../core/json.ts';
import { ApiError, failure } from '../api-error.ts';
import { splitList } from '../check-value.ts';
import { formatSections } from '../files/section-config.ts';
import { parseStorageCfg, storageValues } from '../files/storage-cfg.ts';
import type { StorageDefinition } from '../host.ts';
import type { HouseCall, SandboxState } from '../house.ts';
import { activate } from './activate.ts';
import { optionsIn } from './options.ts';
import { STORAGE_TYPES, type StorageType, takesKey } from './storage-types.ts';

/** Types that are mounted below `/mnt/pve` unless told where. */
const MOUNTED: ReadonlySet<StorageType> = new Set(['nfs', 'cifs', 'cephfs', 'glusterfs']);

/** `POST /storage`: the options are checked first, the id and whether the storage is there after them (Config.pm, create). */
export function createStorage({ host, params }: HouseCall): JsonObject {
  const id = String(params['storage']);
  // The API facts' enum has vouched for the type.
  const type = String(params['type']) as StorageType;
  const { values, secrets } = optionsIn(type, params, true);
  const all = MOUNTED.has(type) && values['path'] === undefined ? { ...values, path: `/mnt/pve/${id}` } : values;
  const missing = STORAGE_TYPES[type].required.find((key) => all[key] === undefined);
  if (missing !== undefined) throw failure(`missing value for required option '${missing}'`);
  if (type === 'dir' && !/^\/[-/a-zA-Z0-9_.@]+$/.test(all['path'] ?? '')) {
    throw failure(`illegal path for directory storage: ${all['path']}`);
  }
  if (host.storages.some((storage) => storage.id === id)) {
    throw failure(`create storage failed: storage ID '${id}' already defined`);
  }
  const storage = definition(id, type, all);
  const local = [...host.nodes.values()][0];
  if (local !== undefined) activate(local, storage);
  host.setStorages([...host.storages, storage]);
  writeSecrets(host, id, secrets);
  host.save();
  return { storage: id, type };
}

function definition(id: string, type: string, values: Readonly<Record<string, string>>): StorageDefinition {
  // A section of a type that is known reads back as one storage.
  return parseStorageCfg(formatSections([{ type, id, values }]))[0] as StorageDefinition;
}

/** `PUT /storage/{storage}`: a digest that is old is refused first (Config.pm, update). */
export function updateStorage(call: HouseCall): JsonObject {
  const { host, params } = call;
  const id = String(params['storage']);
  const refuse = (message: string): ApiError => failure(`update storage failed: ${message}`);
  const { digest } = params;
  if (digest !== undefined && digest !== '' && digest !== host.digestOf('storage.cfg')) {
    throw refuse('detected modified configuration - file changed by other user? Try again.');
  }
  const storage = host.storages.find((candidate) => candidate.id === id);
  if (storage === undefined) throw refuse(`storage '${id}' does not exist`);
  const { type } = storage;
  const { values, secrets } = prefixed(() => optionsIn(type, params, false), refuse);
  const result: Record<string, string> = { ...storageValues(storage), ...values };
  for (const key of splitList(String(params['delete'] ?? ''))) {
    if (!takesKey(type, key)) throw refuse(`no such option '${key}'`);
    if (STORAGE_TYPES[type].required.includes(key)) throw refuse(`unable to delete required option '${key}'`);
    if (STORAGE_TYPES[type].fixed.includes(key)) throw refuse(`unable to delete fixed option '${key}'`);
    if (values[key] !== undefined) throw refuse(`cannot set and delete property '${key}' at the same time!`);
    delete result[key];
    if (STORAGE_TYPES[type].secret.includes(key)) host.files.remove(secretFile(id, key));
  }
  const changed = definition(id, type, result);
  host.setStorages(host.storages.map((candidate) => (candidate.id === id ? changed : candidate)));
  writeSecrets(host, id, secrets);
  host.save();
  return { storage: id, type };
}

function prefixed<Result>(work: () => Result, refuse: (message: string) => ApiError): Result {
  try {
    return work();
  } catch (error) {
    throw error instanceof ApiError ? refuse(error.message) : error;
  }
}

/** `DELETE /storage/{storage}`: its volumes stay where they are; access rules for it go (Config.pm, delete). */
export function deleteStorage({ host, params }: HouseCall): null {
  const id = String(params['storage']);
  const storage = host.storages.find((candidate) => candidate.id === id);
  if (storage === undefined) throw failure(`delete storage failed: storage '${id}' does not exist`);
  const isBase = host.storages.some(({ options }) => options['base']?.startsWith(`${id}:`));
  if (isBase) {
    throw failure("delete storage failed: can't remove storage - storage is used as base of another storage");
  }
  host.setStorages(host.storages.filter((candidate) => candidate.id !== id));
  for (const key of STORAGE_TYPES[storage.type].secret) host.files.remove(secretFile(id, key));
  const { acl } = host.access;
  acl.splice(0, acl.length, ...acl.filter(({ path }) => path !== `/storage/${id}`));
  host.save();
  return null;
}

const EXTENSIONS: Readonly<Record<string, string>> = {
  password: 'pw',
  'encryption-key': 'enc',
  'master-pubkey': 'master.pem',
};

function secretFile(id: string, key: string): string {
  return `priv/storage/${id}.${EXTENSIONS[key] ?? key}`;
}

function writeSecrets(host: SandboxState, id: string, secrets: Readonly<Record<string, string>>): void {
  for (const [key, text] of Object.entries(secrets)) host.files.write(secretFile(id, key), `${text}\n`);
}
