import type { Json } from '../../core/json.ts';
import type { HouseCall, HouseEndpoint } from '../house.ts';
import { existingUser } from './user-id.ts';

/** Reading second factors (pve-access-control: PVE/API2/TFA.pm, User.pm). They are made by other means than the API. */
export const tfaEndpoints: readonly HouseEndpoint[] = [
  { method: 'GET', path: '/access/tfa', handle: list },
  { method: 'GET', path: '/access/tfa/{userid}', handle: (call) => entriesOf(call, String(call.params['userid'])) },
  { method: 'GET', path: '/access/users/{userid}/tfa', handle: types },
];

function entriesOf({ host }: HouseCall, userid: string): readonly Json[] {
  const entries = host.access.totp.get(userid) ?? [];
  return entries.map(({ id, description, created }) => ({ id, type: 'totp', description, created, enable: true }));
}

/** Of each user that the caller is or may see. */
function list(call: HouseCall): Json {
  const { host, user } = call;
  const held = host.access.privileges(user, '/access/groups');
  const seesAll = held.has('User.Modify') || held.has('Sys.Audit');
  return [...host.access.totp.keys()]
    .filter((userid) => seesAll || userid === user.id)
    .map((userid) => ({ userid, entries: entriesOf(call, userid) }));
}

function types({ host, params }: HouseCall): Json {
  const userid = String(params['userid']);
  existingUser(host.access, userid);
  const hasTotp = (host.access.totp.get(userid) ?? []).length > 0;
  if (params['multiple'] === 1) return { types: hasTotp ? ['totp'] : [] };
  return hasTotp ? { user: 'oath' } : {};
}
