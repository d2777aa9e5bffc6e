import type { Json } from '../../core/json.ts';
import { failure, parameterFailure } from '../api-error.ts';
import { splitList } from '../check-value.ts';
import type { HouseCall, HouseEndpoint } from '../house.ts';
import { failingAs } from './failing-as.ts';
import { BUILT_IN_ROLES } from './roles.ts';

/** Roles (pve-access-control: PVE/API2/Role.pm). */
export const roleEndpoints: readonly HouseEndpoint[] = [
  { method: 'GET', path: '/access/roles', handle: list },
  { method: 'POST', path: '/access/roles', handle: create },
  { method: 'GET', path: '/access/roles/{roleid}', handle: read },
  { method: 'PUT', path: '/access/roles/{roleid}', handle: update },
  { method: 'DELETE', path: '/access/roles/{roleid}', handle: remove },
];

const isBuiltIn = (id: string): boolean => Object.hasOwn(BUILT_IN_ROLES, id);

function list({ host }: HouseCall): Json {
  return [...host.access.roles].map(([roleid, privileges]) => {
    return { roleid, privs: [...privileges].sort().join(','), special: isBuiltIn(roleid) ? 1 : 0 };
  });
}

function existing({ host, params }: HouseCall): { id: string; privileges: readonly string[] } {
  const id = String(params['roleid']);
  const privileges = host.access.roles.get(id);
  if (privileges === undefined) throw failure(`role '${id}' does not exist`);
  return { id, privileges };
}

function asked({ params }: HouseCall): readonly string[] {
  return splitList(String(params['privs'] ?? ''));
}

function read(call: HouseCall): Json {
  return Object.fromEntries(existing(call).privileges.map((name) => [name, 1]));
}

function create(call: HouseCall): null {
  const { host, params } = call;
  const id = String(params['roleid']);
  if (/^PVE/i.test(id)) {
    throw parameterFailure({ roleid: `cannot use role ID starting with the (case-insensitive) 'PVE' namespace` });
  }
  return failingAs('create role failed', () => {
    if (host.access.roles.has(id)) throw failure(`role '${id}' already exists`);
    host.access.roles.set(id, [...new Set(asked(call))]);
    host.save();
    return null;
  });
}

function update(call: HouseCall): null {
  const { host, params } = call;
  const name = String(params['roleid']);
  if (isBuiltIn(name)) throw failure(`auto-generated role '${name}' cannot be modified`);
  return failingAs('update role failed', () => {
    const { id, privileges } = existing(call);
    const kept = params['append'] === 1 ? privileges : [];
    host.access.roles.set(id, [...new Set([...kept, ...asked(call)])]);
    host.save();
    return null;
  });
}

/** The rules that give the role go with it: they name one that is not there any more. */
function remove(call: HouseCall): null {
  const { access } = call.host;
  const name = String(call.params['roleid']);
  if (isBuiltIn(name)) throw failure(`auto-generated role '${name}' cannot be deleted`);
  return failingAs('delete role failed', () => {
    const { id } = existing(call);
    access.roles.delete(id);
    access.acl.splice(0, access.acl.length, ...access.acl.filter(({ roleid }) => roleid !== id));
    call.host.save();
    return null;
  });
}
