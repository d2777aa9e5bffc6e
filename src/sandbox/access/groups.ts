import type { Json } from '../../core/json.ts';
import { failure } from '../api-error.ts';
import type { HouseCall, HouseEndpoint } from '../house.ts';
import { failingAs } from './failing-as.ts';

/** Groups of users (pve-access-control: PVE/API2/Group.pm). */
export const groupEndpoints: readonly HouseEndpoint[] = [
  { method: 'GET', path: '/access/groups', handle: list },
  { method: 'POST', path: '/access/groups', handle: (call) => failingAs('create group failed', () => create(call)) },
  { method: 'GET', path: '/access/groups/{groupid}', handle: read },
  {
    method: 'PUT',
    path: '/access/groups/{groupid}',
    handle: (call) => failingAs('update group failed', () => update(call)),
  },
  {
    method: 'DELETE',
    path: '/access/groups/{groupid}',
    handle: (call) => failingAs('delete group failed', () => remove(call)),
  },
];

const LIST_PRIVILEGES = ['User.Modify', 'Sys.Audit', 'Group.Allocate'];

function list({ host, user }: HouseCall): Json {
  const { access } = host;
  return [...access.groups]
    .filter(([id]) => {
      const held = access.privileges(user, `/access/groups/${id}`);
      return LIST_PRIVILEGES.some((name) => held.has(name));
    })
    .map(([id, members]) => ({
      groupid: id,
      ...commentOf(access.groupComments, id),
      users: [...members].sort().join(),
    }));
}

function commentOf(comments: ReadonlyMap<string, string>, id: string): { comment?: string } {
  const comment = comments.get(id);
  return comment === undefined ? {} : { comment };
}

function existing({ host, params }: HouseCall): { id: string; members: ReadonlySet<string> } {
  const id = String(params['groupid']);
  const members = host.access.groups.get(id);
  if (members === undefined) throw failure(`group '${id}' does not exist`);
  return { id, members };
}

function read(call: HouseCall): Json {
  const { id, members } = existing(call);
  return { members: [...members], ...commentOf(call.host.access.groupComments, id) };
}

function create({ host, params }: HouseCall): null {
  const id = String(params['groupid']);
  if (host.access.groups.has(id)) throw failure(`group '${id}' already exists`);
  host.access.groups.set(id, new Set());
  setComment(host.access.groupComments, id, params['comment']);
  host.save();
  return null;
}

function update(call: HouseCall): null {
  const { id } = existing(call);
  setComment(call.host.access.groupComments, id, call.params['comment']);
  call.host.save();
  return null;
}

function setComment(comments: Map<string, string>, id: string, comment: HouseCall['params'][string] | undefined): void {
  if (comment === '') comments.delete(id);
  else if (comment !== undefined) comments.set(id, String(comment));
}

function remove(call: HouseCall): null {
  const { access } = call.host;
  const { id } = existing(call);
  access.groups.delete(id);
  access.groupComments.delete(id);
  const kept = access.acl.filter(({ type, ugid }) => type !== 'group' || ugid !== id);
  access.acl.splice(0, access.acl.length, ...kept);
  call.host.save();
  return null;
}
