import type { Json, JsonObject } from '../../core/json.ts';
import type { EndpointFact } from '../../pve/facts/facts.ts';
import { failure } from '../api-error.ts';
import { splitList } from '../check-value.ts';
import type { Realm } from '../files/domains-cfg.ts';
import type { HouseCall, HouseEndpoint, SandboxAccess } from '../house.ts';
import { failingAs } from './failing-as.ts';

/** Realms (pve-access-control: PVE/API2/Domains.pm). Nobody can log in to one that is not built in. */
export const domainEndpoints: readonly HouseEndpoint[] = [
  { method: 'GET', path: '/access/domains', handle: list },
  {
    method: 'POST',
    path: '/access/domains',
    handle: (call) => failingAs('add auth server failed', () => create(call)),
  },
  { method: 'GET', path: '/access/domains/{realm}', handle: read },
  {
    method: 'PUT',
    path: '/access/domains/{realm}',
    handle: (call) => failingAs('update auth server failed', () => update(call)),
  },
  {
    method: 'DELETE',
    path: '/access/domains/{realm}',
    handle: (call) => failingAs('delete auth server failed', () => remove(call)),
  },
];

/** What a realm of each type cannot be without. */
const REQUIRED: Readonly<Record<string, readonly string[]>> = {
  ad: ['domain', 'server1'],
  ldap: ['base_dn', 'server1', 'user_attr'],
  openid: ['client-id', 'issuer-url'],
};

/** Parameters that are no keys of the realm's section: the password goes into a file of its own. */
const NOT_KEYS = new Set(['realm', 'type', 'digest', 'delete', 'password', 'check-connection']);

function list({ host }: HouseCall): Json {
  return [...host.access.realms].map(([realm, { type, values }]) => {
    const tfa = /(?:^|,)type=([^,]+)/.exec(values['tfa'] ?? '')?.[1];
    return {
      ...{ realm, type },
      ...(values['comment'] ? { comment: values['comment'] } : {}),
      ...(values['default'] === '1' ? { default: 1 } : {}),
      ...(tfa === undefined ? {} : { tfa }),
    };
  });
}

function existing({ host, params }: HouseCall, what: string = 'domain'): Realm {
  const realm = host.access.realms.get(String(params['realm']));
  if (realm === undefined) throw failure(`${what} '${String(params['realm'])}' does not exist`);
  return realm;
}

function read(call: HouseCall): Json {
  const { type, values } = existing(call);
  const facts = call.host.facts.endpoints.find(({ path, method }) => path === '/access/domains' && method === 'POST');
  const typed = Object.entries(values).map(([name, text]) => [name, typedValue(facts, name, text)] as const);
  const row: JsonObject = Object.fromEntries(typed);
  return { ...row, type, digest: call.host.digestOf('domains.cfg') };
}

function typedValue(fact: EndpointFact | undefined, name: string, text: string): Json {
  const type = fact?.parameters[name]?.type;
  return type === 'boolean' || type === 'integer' ? Number(text) : text;
}

function keysOf({ params }: HouseCall): Record<string, string> {
  const keys = Object.entries(params).filter(([name]) => !NOT_KEYS.has(name));
  return Object.fromEntries(keys.map(([name, value]) => [name, String(value)]));
}

function create(call: HouseCall): null {
  const { host, params } = call;
  const [realm, type] = [String(params['realm']), String(params['type'])];
  if (host.access.realms.has(realm)) throw failure(`domain '${realm}' already exists`);
  if (type === 'pam' || type === 'pve') throw failure(`unable to create builtin type '${type}'`);
  const values = keysOf(call);
  const missing = REQUIRED[type]?.find((name) => values[name] === undefined);
  if (missing !== undefined) throw failure(`missing value for required option '${missing}'`);
  return write(call, realm, { type, values });
}

function update(call: HouseCall): null {
  const { host, params } = call;
  const digest = params['digest'];
  if (digest !== undefined && digest !== '' && digest !== host.digestOf('domains.cfg')) {
    throw failure('detected modified configuration - file changed by other user? Try again.');
  }
  const { type, values } = existing(call);
  const dropped = splitList(String(params['delete'] ?? ''));
  const changed = keysOf(call);
  const isPassword = params['password'] !== undefined;
  if (dropped.length === 0 && Object.keys(changed).length === 0 && !isPassword) throw failure('no options specified');
  const kept = Object.entries(values).filter(([name]) => !dropped.includes(name));
  return write(call, String(params['realm']), { type, values: { ...Object.fromEntries(kept), ...changed } });
}

function write({ host }: HouseCall, id: string, realm: Realm): null {
  if (realm.values['default'] === '1') clearDefault(host.access);
  host.access.realms.set(id, realm);
  host.save();
  return null;
}

function clearDefault({ realms }: SandboxAccess): void {
  for (const [id, { type, values }] of realms) {
    const { default: _default, ...rest } = values;
    realms.set(id, { type, values: rest });
  }
}

function remove(call: HouseCall): null {
  existing(call, 'authentication domain');
  call.host.access.realms.delete(String(call.params['realm']));
  call.host.save();
  return null;
}
