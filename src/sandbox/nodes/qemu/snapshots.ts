import type { Json, JsonObject } from '../../../core/json.ts';
import { failure } from '../../api-error.ts';
import type { Call, Endpoint } from '../../host.ts';
import { apiValue } from './config-key.ts';
import { checkLock, type GuestScope, isRunning, loadDraft, loadGuest, scopeOf, writeDraft } from './guest.ts';
import { guestTask } from './guest-task.ts';
import { commitSnapshot, prepareSnapshot, type SnapshotRequest } from './snapshot-create.ts';
import { deleteSnapshot, lockForDelete } from './snapshot-delete.ts';
import { lockForRollback, rollback } from './snapshot-rollback.ts';
import { snapshotNames, snapshotOf, withSnapshot } from './snapshot-section.ts';

const BASE = '/nodes/{node}/qemu/{vmid}/snapshot';
const RESERVED = ['current', 'pending'];

/** The calls below `…/snapshot` (qemu-server: PVE/API2/Qemu.pm). */
export const snapshotEndpoints: readonly Endpoint[] = [
  { method: 'GET', path: BASE, handle: list },
  { method: 'POST', path: BASE, handle: create },
  { method: 'GET', path: `${BASE}/{snapname}`, handle: () => [{ cmd: 'rollback' }, { cmd: 'config' }] },
  {
    method: 'DELETE',
    path: `${BASE}/{snapname}`,
    handle: (call) =>
      guestTask(call, 'qmdelsnapshot', (scope) => deleteSnapshot(scope, nameIn(call)), {
        begin: (scope) => lockForDelete(scope, nameIn(call)),
      }),
  },
  { method: 'GET', path: `${BASE}/{snapname}/config`, handle: read },
  { method: 'PUT', path: `${BASE}/{snapname}/config`, handle: describe },
  {
    method: 'POST',
    path: `${BASE}/{snapname}/rollback`,
    handle: (call) =>
      guestTask(call, 'qmrollback', (scope) => rollback(scope, nameIn(call), call.params['start'] === 1), {
        begin: (scope) => lockForRollback(scope, nameIn(call)),
      }),
  },
];

function nameIn(call: Call): string {
  return String(call.params['snapname']);
}

/** Every snapshot, and `current`: what the guest is now, whose parent is the snapshot it descends from. */
function list(call: Call): Json {
  const scope = scopeOf(call);
  const { digest } = loadGuest(scope);
  const { sections, current } = loadDraft(scope);
  const rows = snapshotNames(sections).map((name) => row(name, snapshotOf(sections, name) ?? new Map()));
  const now = { name: 'current', digest, running: isRunning(scope) ? 1 : 0, description: 'You are here!' };
  return [...rows, { ...now, ...parentOf(current) }];
}

function row(name: string, values: ReadonlyMap<string, string>): JsonObject {
  const state = values.get('snapstate');
  return {
    name,
    snaptime: Number(values.get('snaptime') ?? 0),
    vmstate: values.has('vmstate') ? 1 : 0,
    description: values.get('description') ?? '',
    ...parentOf(values),
    ...(state === undefined ? {} : { snapstate: state }),
  };
}

function parentOf(values: ReadonlyMap<string, string>): JsonObject {
  const parent = values.get('parent');
  return parent === undefined ? {} : { parent };
}

function create(call: Call): Json {
  const name = nameIn(call);
  if (RESERVED.includes(name)) throw failure(`unable to use snapshot name '${name}' (reserved name)`);
  const { description } = call.params;
  const request: SnapshotRequest = {
    name,
    withState: call.params['vmstate'] === 1,
    ...(typeof description === 'string' ? { description } : {}),
  };
  return guestTask(call, 'qmsnapshot', (scope) => commitSnapshot(scope, request), {
    begin: (scope) => prepareSnapshot(scope, request),
  });
}

function existing(scope: GuestScope, name: string): Map<string, string> {
  const values = snapshotOf(loadDraft(scope).sections, name);
  if (values === undefined) throw failure(`snapshot '${name}' does not exist`);
  return values;
}

function read(call: Call): Json {
  const values = existing(scopeOf(call), nameIn(call));
  return Object.fromEntries([...values].map(([key, value]) => [key, apiValue(call.host.facts, key, value)]));
}

function describe(call: Call): Json {
  const scope = scopeOf(call);
  const draft = loadDraft(scope);
  checkLock(draft);
  const values = existing(scope, nameIn(call));
  const { description } = call.params;
  if (typeof description === 'string') values.set('description', description);
  draft.sections = withSnapshot(draft.sections, nameIn(call), values);
  writeDraft(scope, draft);
  return null;
}
