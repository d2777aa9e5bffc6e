import type { Json, JsonObject } from '../../../core/json.ts';
import type { Call, Endpoint } from '../../host.ts';
import { type CloudInitFile, cloudInitFile } from './cloud-init-data.ts';
import { cloudInitRecord, generateCloudInit } from './cloud-init-record.ts';
import { checkLock, loadDraft, scopeOf } from './guest.ts';

/** The keys that the list of cloud-init settings has; addresses and the guest's name are not in it. */
const LISTED = ['cicustom', 'cipassword', 'citype', 'ciupgrade', 'ciuser', 'nameserver', 'searchdomain', 'sshkeys'];

/** The calls below `…/cloudinit` (qemu-server: PVE/API2/Qemu.pm). */
export const cloudInitEndpoints: readonly Endpoint[] = [
  { method: 'GET', path: '/nodes/{node}/qemu/{vmid}/cloudinit', handle: list },
  { method: 'PUT', path: '/nodes/{node}/qemu/{vmid}/cloudinit', handle: regenerate },
  { method: 'GET', path: '/nodes/{node}/qemu/{vmid}/cloudinit/dump', handle: dump },
];

/** Each setting with the value that the drive has and, where it is another one, that of the config as pending. */
function list(call: Call): Json {
  const draft = loadDraft(scopeOf(call));
  const { former, added } = cloudInitRecord(draft);
  const shown = (key: string, value: string): string => (key === 'cipassword' ? '**********' : value);
  const items: JsonObject[] = [...added].map((key) => ({ key, pending: shown(key, draft.current.get(key) ?? '') }));
  for (const key of LISTED) {
    const value = draft.current.get(key);
    // The real code asks whether the value is true, so that `ciupgrade: 0` is not listed.
    if (value === undefined || value === '0' || added.has(key)) continue;
    const old = former.get(key);
    items.push(old === undefined ? { key, value: shown(key, value) } : { key, value: old, pending: value });
  }
  for (const key of former.keys()) if (!draft.current.has(key)) items.push({ key, delete: 1 });
  return items;
}

function regenerate(call: Call): Json {
  const scope = scopeOf(call);
  checkLock(loadDraft(scope));
  generateCloudInit(scope);
  return null;
}

function dump(call: Call): Json {
  const scope = scopeOf(call);
  const { current, pending } = loadDraft(scope);
  // The API facts let only names of files pass.
  return cloudInitFile(
    call.host.facts,
    scope.vmid,
    new Map([...current, ...pending]),
    call.params['type'] as CloudInitFile,
  );
}
