import type { JsonObject } from '../../../core/json.ts';
import { failure } from '../../api-error.ts';
import { behaviourOf } from '../../behaviour.ts';
import { splitList } from '../../check-value.ts';
import { formatSections, parseSections, type Section } from '../../files/section-config.ts';
import type { HouseCall, HouseEndpoint, SandboxState } from '../../house.ts';

/** Where HA groups stand. */
const GROUPS_FILE = 'ha/groups.cfg';
const KEYS = ['comment', 'nodes', 'nofailback', 'restricted'] as const;

/** The calls below `/cluster/ha/groups`, which 9.0 refuses (pve-ha-manager: PVE/API2/HA/Groups.pm). */
export const haGroupEndpoints: readonly HouseEndpoint[] = [
  { method: 'GET', path: '/cluster/ha/groups', handle: list },
  { method: 'POST', path: '/cluster/ha/groups', handle: create },
  { method: 'GET', path: '/cluster/ha/groups/{group}', handle: read },
  { method: 'PUT', path: '/cluster/ha/groups/{group}', handle: update },
  { method: 'DELETE', path: '/cluster/ha/groups/{group}', handle: remove },
];

/** The groups as they stand in `ha/groups.cfg`. */
export function groupsOf(host: SandboxState): readonly Section[] {
  return parseSections(host.files.read(GROUPS_FILE) ?? '');
}

function refuseMigrated(host: SandboxState, what: string): void {
  if (behaviourOf(host).hasHaRules) throw failure(`cannot ${what}: ha groups have been migrated to rules`);
}

function row(host: SandboxState, { id, values }: Section): JsonObject {
  const shown = Object.entries(values).map(([key, text]) => [
    key,
    key === 'nofailback' || key === 'restricted' ? Number(text) : text,
  ]);
  return { ...Object.fromEntries(shown), group: id, type: 'group', digest: host.digestOf(GROUPS_FILE) };
}

function list({ host }: HouseCall): readonly JsonObject[] {
  refuseMigrated(host, 'index groups');
  return groupsOf(host).map((group) => row(host, group));
}

function read({ host, params }: HouseCall): JsonObject {
  refuseMigrated(host, 'read group');
  const group = groupsOf(host).find(({ id }) => id === params['group']);
  if (group === undefined) throw failure(`no such ha group '${params['group']}'`);
  return row(host, group);
}

function valuesIn({ params }: HouseCall): Record<string, string> {
  return Object.fromEntries(
    KEYS.flatMap((key) => (params[key] === undefined ? [] : [[key, String(params[key])] as const])),
  );
}

function save(host: SandboxState, groups: readonly Section[]): null {
  host.files.write(
    GROUPS_FILE,
    formatSections(groups, () => ['nodes']),
  );
  host.save();
  return null;
}

function create(call: HouseCall): null {
  const { host, params } = call;
  refuseMigrated(host, 'create group');
  const id = String(params['group']);
  const groups = groupsOf(host);
  if (groups.some((group) => group.id === id)) {
    throw failure(`create ha group failed: ha group ID '${id}' already defined`);
  }
  return save(host, [...groups, { type: 'group', id, values: valuesIn(call) }]);
}

function update(call: HouseCall): null {
  const { host, params } = call;
  refuseMigrated(host, 'update group');
  const id = String(params['group']);
  const groups = groupsOf(host);
  const refuse = (message: string): Error => failure(`update HA group failed: ${message}`);
  const { digest } = params;
  if (digest !== undefined && digest !== '' && digest !== host.digestOf(GROUPS_FILE)) {
    throw refuse('detected modified configuration - file changed by other user? Try again.');
  }
  const group = groups.find((candidate) => candidate.id === id);
  if (group === undefined) throw refuse(`no such ha group '${id}'`);
  const values = { ...group.values, ...valuesIn(call) };
  for (const key of splitList(String(params['delete'] ?? ''))) {
    if (!KEYS.some((known) => known === key)) throw refuse(`no such option '${key}'`);
    if (key === 'nodes') throw refuse(`unable to delete required option '${key}'`);
    delete values[key];
  }
  return save(
    host,
    groups.map((candidate) => (candidate.id === id ? { ...group, values } : candidate)),
  );
}

function remove({ host, params }: HouseCall): null {
  refuseMigrated(host, 'delete group');
  const id = String(params['group']);
  const user = [...host.ha.values()].find(({ options }) => options['group'] === id);
  if (user !== undefined) throw failure(`delete group failed: ha group is used by service '${user.sid}'`);
  return save(
    host,
    groupsOf(host).filter((group) => group.id !== id),
  );
}
