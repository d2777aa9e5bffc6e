import type { JsonObject } from '../../../core/json.ts';
import { failure } from '../../api-error.ts';
import { behaviourOf } from '../../behaviour.ts';
import { splitList } from '../../check-value.ts';
import type { HaResource } from '../../host.ts';
import type { HouseCall, HouseEndpoint, SandboxState } from '../../house.ts';
import { groupsOf } from './groups.ts';
import { removeFromRules } from './rules.ts';

/** The calls below `/cluster/ha/resources` (pve-ha-manager: PVE/API2/HA/Resources.pm). */
export const haResourceEndpoints: readonly HouseEndpoint[] = [
  { method: 'GET', path: '/cluster/ha/resources', handle: list },
  { method: 'POST', path: '/cluster/ha/resources', handle: create },
  { method: 'GET', path: '/cluster/ha/resources/{sid}', handle: read },
  { method: 'PUT', path: '/cluster/ha/resources/{sid}', handle: update },
  { method: 'DELETE', path: '/cluster/ha/resources/{sid}', handle: remove },
];

const OPTIONS = ['state', 'comment', 'group', 'failback', 'max_relocate', 'max_restart'] as const;
const NUMERIC = new Set(['failback', 'max_relocate', 'max_restart']);

function list({ host, params }: HouseCall): readonly JsonObject[] {
  return [...host.ha.values()]
    .filter(({ type }) => params['type'] === undefined || type === params['type'])
    .map((resource) => row(host, resource));
}

function row(host: SandboxState, { sid, type, options }: HaResource): JsonObject {
  const values = Object.entries(options).map(([key, text]) => [key, NUMERIC.has(key) ? Number(text) : text]);
  return { ...Object.fromEntries(values), sid, type, digest: host.digestOf('ha/resources.cfg') };
}

/** A bare id is taken for the guest's that has it; types that HA does not know are refused (PVE/HA/Config.pm). */
function sidOf(
  host: SandboxState,
  given: unknown,
): { readonly sid: string; readonly type: 'vm' | 'ct'; readonly id: string } {
  const text = String(given);
  if (/^\d+$/.test(text)) {
    if (host.guests.get(Number(text)) === undefined) throw failure(`unable to find vmid '${text}'`);
    return { sid: `vm:${text}`, type: 'vm', id: text };
  }
  const [type = '', id = ''] = text.split(':');
  if (type !== 'vm' && type !== 'ct') throw failure(`unknown section type '${type}'`);
  return { sid: text, type, id };
}

function checkGroup({ host, params }: HouseCall, refuse: (message: string) => Error): void {
  const { group } = params;
  if (group === undefined) return;
  if (behaviourOf(host).hasHaRules) throw failure("invalid parameter 'group': ha groups have been migrated to rules");
  if (!groupsOf(host).some(({ id }) => id === group)) throw refuse(`HA group '${group}' does not exist`);
}

function create(call: HouseCall): null {
  const { host, params } = call;
  const { sid, type, id } = sidOf(host, params['sid']);
  const refuse = (message: string): Error => failure(`create resource failed: ${message}`);
  if (behaviourOf(host).hasHaRules) checkGroup(call, refuse);
  const exists = type === 'vm' && host.guests.get(Number(id)) !== undefined;
  if (!exists) throw failure(`resource '${sid}' does not exist in cluster`);
  if (host.ha.has(sid)) throw refuse(`resource ID '${sid}' already defined`);
  if (!behaviourOf(host).hasHaRules) checkGroup(call, refuse);
  host.ha.set(sid, { sid, type, options: optionsIn(call) });
  host.save();
  return null;
}

function optionsIn({ params }: HouseCall): Record<string, string> {
  return Object.fromEntries(
    OPTIONS.flatMap((key) => (params[key] === undefined ? [] : [[key, String(params[key])] as const])),
  );
}

function read({ host, params }: HouseCall): JsonObject {
  const { sid } = sidOf(host, params['sid']);
  const resource = host.ha.get(sid);
  if (resource === undefined) throw failure(`no such resource '${sid}'`);
  return row(host, resource);
}

function update(call: HouseCall): null {
  const { host, params } = call;
  const { sid } = sidOf(host, params['sid']);
  const { digest } = params;
  checkGroup(call, (message) => failure(`update resources config failed: ${message}`));
  if (digest !== undefined && digest !== '' && digest !== host.digestOf('ha/resources.cfg')) {
    throw failure(
      'update resources config failed: detected modified configuration - file changed by other user? Try again.',
    );
  }
  const resource = host.ha.get(sid);
  if (resource === undefined) throw failure(`update resources config failed: no such resource '${sid}'`);
  const options = { ...resource.options, ...optionsIn(call) };
  for (const key of splitList(String(params['delete'] ?? ''))) {
    if (!OPTIONS.some((known) => known === key))
      throw failure(`update resources config failed: unknown option '${key}'`);
    delete options[key];
  }
  host.ha.set(sid, { ...resource, options });
  host.save();
  return null;
}

function remove({ host, params }: HouseCall): null {
  const sid = /^\d+$/.test(String(params['sid'])) ? `vm:${params['sid']}` : sidOf(host, params['sid']).sid;
  if (!host.ha.delete(sid)) throw failure(`cannot delete service '${sid}', not HA managed!`);
  if (params['purge'] !== 0) removeFromRules(host, sid);
  host.save();
  return null;
}
