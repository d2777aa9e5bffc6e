import type { Json, JsonObject } from '../../../core/json.ts';
import { failure } from '../../api-error.ts';
import type { Call, Endpoint, GuestEntry, SandboxHost } from '../../host.ts';
import { apiValue } from './config-key.ts';
import { openDraft } from './draft.ts';
import { loadGuest, scopeOf } from './guest.ts';
import { snapshotOf } from './snapshot-section.ts';

/** `GET …/config`: with pending changes applied unless `current=1` (pve-guest-common: load_current_config). */
export const configReadEndpoint: Endpoint = {
  method: 'GET',
  path: '/nodes/{node}/qemu/{vmid}/config',
  handle: (call) => {
    const entry = loadGuest(scopeOf(call));
    const { snapshot } = call.params;
    if (typeof snapshot === 'string' && snapshot !== '') return readSnapshot(call, entry, snapshot);
    return readConfig(call.host, entry, call.params['current'] === 1);
  },
};

/** A guest's config as the API returns it; `isCurrent` leaves pending changes out. */
function readConfig(host: SandboxHost, entry: GuestEntry, isCurrent: boolean): JsonObject {
  const draft = openDraft(entry.config);
  const values = new Map(draft.current);
  if (!isCurrent) {
    for (const [key, value] of draft.pending) values.set(key, value);
    for (const key of draft.pendingDelete.keys()) {
      // The real code asks whether the value is true, so that one of `0` outlives its pending removal here.
      if (values.get(key) !== '0') values.delete(key);
    }
  }
  return { ...apiValues(host, values), digest: entry.digest };
}

function readSnapshot(call: Call, entry: GuestEntry, name: string): Json {
  const values = snapshotOf(entry.config.sections, name);
  if (values === undefined) throw failure(`snapshot '${name}' does not exist`);
  return { ...apiValues(call.host, values), digest: entry.digest };
}

function apiValues(host: SandboxHost, values: ReadonlyMap<string, string>): JsonObject {
  return Object.fromEntries([...values].map(([key, value]) => [key, apiValue(host.facts, key, value)]));
}
