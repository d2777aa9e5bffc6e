import type { Json, JsonObject } from '../../../core/json.ts';
import type { Endpoint } from '../../host.ts';
import { apiValue } from './config-key.ts';
import { openDraft } from './draft.ts';
import { loadGuest, scopeOf } from './guest.ts';

/** `GET …/pending`: each key with its current and pending value (pve-guest-common: PVE/GuestHelpers.pm). */
export const pendingReadEndpoint: Endpoint = {
  method: 'GET',
  path: '/nodes/{node}/qemu/{vmid}/pending',
  handle(call): Json {
    const entry = loadGuest(scopeOf(call));
    const draft = openDraft(entry.config);
    const items: JsonObject[] = [{ key: 'digest', value: entry.digest }];
    for (const key of new Set([...draft.current.keys(), ...draft.pending.keys(), ...draft.pendingDelete.keys()])) {
      const value = draft.current.get(key);
      const pending = draft.pending.get(key);
      const isForced = draft.pendingDelete.get(key);
      items.push({
        key,
        ...(value === undefined ? {} : { value: apiValue(call.host.facts, key, value) }),
        ...(pending === undefined ? {} : { pending: pendingValue(apiValue(call.host.facts, key, pending), key) }),
        ...(isForced === undefined ? {} : { delete: isForced ? 2 : 1 }),
      });
    }
    return items;
  },
};

/** A pending password is masked like a set one, with a blank behind it, so that the two differ. */
function pendingValue(value: Json, key: string): Json {
  return key === 'cipassword' ? `${value} ` : value;
}
