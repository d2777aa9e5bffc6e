import type { Json, JsonObject } from '../../../core/json.ts';
import { failure, parameterFailure } from '../../api-error.ts';
import { splitList } from '../../check-value.ts';
import {
  CLUSTER_FIREWALL_FILE,
  type ClusterFirewall,
  formatClusterFirewall,
  parseClusterFirewall,
} from '../../files/cluster-firewall-file.ts';
import type { HouseCall, HouseEndpoint, SandboxState } from '../../house.ts';
import { MACROS } from '../../nodes/qemu-firewall/check-rule.ts';
import { digestOfList, ipVersionOf, normalizedCidr } from '../../nodes/qemu-firewall/firewall.ts';

const ROOT = '/cluster/firewall';

/** The calls below `/cluster/firewall` that name what rules of guests may name (pve-firewall: PVE/API2/Firewall/Cluster.pm). */
export const clusterFirewallEndpoints: readonly HouseEndpoint[] = [
  { method: 'GET', path: `${ROOT}/options`, handle: readOptions },
  { method: 'PUT', path: `${ROOT}/options`, handle: writeOptions },
  { method: 'GET', path: `${ROOT}/macros`, handle: listMacros },
  { method: 'GET', path: `${ROOT}/groups`, handle: listGroups },
  { method: 'POST', path: `${ROOT}/groups`, handle: createGroup },
  { method: 'GET', path: `${ROOT}/aliases`, handle: listAliases },
  { method: 'POST', path: `${ROOT}/aliases`, handle: createAlias },
  { method: 'GET', path: `${ROOT}/ipset`, handle: listIpSets },
  { method: 'POST', path: `${ROOT}/ipset`, handle: createIpSet },
];

/** The firewall of the cluster. */
export function clusterFirewallOf(host: SandboxState): ClusterFirewall {
  return parseClusterFirewall(host.files.read(CLUSTER_FIREWALL_FILE) ?? '');
}

function change(host: SandboxState, part: Partial<ClusterFirewall>): null {
  const text = formatClusterFirewall({ ...clusterFirewallOf(host), ...part });
  if (text === '') host.files.remove(CLUSTER_FIREWALL_FILE);
  else host.files.write(CLUSTER_FIREWALL_FILE, text);
  return null;
}

const OPTIONS = ['enable', 'ebtables', 'log_ratelimit', 'policy_forward', 'policy_in', 'policy_out'];

function optionsOf(host: SandboxState): Readonly<Record<string, string | number>> {
  const entries = Object.entries(clusterFirewallOf(host).options);
  return Object.fromEntries(
    entries.map(([key, text]) => [key, key === 'enable' || key === 'ebtables' ? Number(text) : text]),
  );
}

function readOptions({ host }: HouseCall): JsonObject {
  const options = optionsOf(host);
  return { ...options, digest: digestOfList([options]) };
}

function writeOptions({ host, params }: HouseCall): null {
  const options: Record<string, string> = { ...clusterFirewallOf(host).options };
  for (const key of splitList(String(params['delete'] ?? ''))) {
    if (!OPTIONS.includes(key)) throw parameterFailure({ delete: `no such option '${key}'` });
    delete options[key];
  }
  for (const key of OPTIONS) if (params[key] !== undefined) options[key] = String(params[key]);
  return change(host, { options });
}

function listMacros(): Json {
  return [...MACROS].map((macro) => ({ macro, descr: `${macro} traffic` }));
}

function withDigest(rows: readonly Readonly<Record<string, string | number>>[]): readonly JsonObject[] {
  const digest = digestOfList(rows);
  return rows.map((row) => ({ ...row, digest }));
}

function commentIn({ params }: HouseCall): { readonly comment?: string } {
  const { comment } = params;
  return comment === undefined || comment === '' ? {} : { comment: String(comment) };
}

const byName = (left: { readonly name: string }, right: { readonly name: string }): number =>
  left.name < right.name ? -1 : 1;

function listGroups({ host }: HouseCall): readonly JsonObject[] {
  const groups = [...clusterFirewallOf(host).groups].sort(byName);
  return withDigest(groups.map(({ name, ...rest }) => ({ group: name, ...rest })));
}

function createGroup(call: HouseCall): null {
  const name = String(call.params['group']).toLowerCase();
  const { groups } = clusterFirewallOf(call.host);
  if (groups.some((group) => group.name === name))
    throw failure(`Security group '${call.params['group']}' already exists`);
  return change(call.host, { groups: [...groups, { name, ...commentIn(call) }] });
}

function listAliases({ host }: HouseCall): readonly JsonObject[] {
  const aliases = [...clusterFirewallOf(host).aliases].sort(byName);
  return withDigest(aliases.map((alias) => ({ ...alias, ipversion: ipVersionOf(alias.cidr) ?? 4 })));
}

function createAlias(call: HouseCall): null {
  const name = String(call.params['name']).toLowerCase();
  const { aliases } = clusterFirewallOf(call.host);
  if (aliases.some((alias) => alias.name === name)) {
    throw parameterFailure({ name: `alias '${call.params['name']}' already exists` });
  }
  const cidr = normalizedCidr(String(call.params['cidr']));
  return change(call.host, { aliases: [...aliases, { name, cidr, ...commentIn(call) }] });
}

function listIpSets({ host }: HouseCall): readonly JsonObject[] {
  const sets = [...clusterFirewallOf(host).ipsets].sort(byName);
  return withDigest(sets.map(({ name, comment }) => ({ name, ...(comment === undefined ? {} : { comment }) })));
}

function createIpSet(call: HouseCall): null {
  const name = String(call.params['name']).toLowerCase();
  const { ipsets } = clusterFirewallOf(call.host);
  if (ipsets.some((set) => set.name === name)) throw parameterFailure({ name: `IPSet '${name}' already exists` });
  return change(call.host, { ipsets: [...ipsets, { name, ...commentIn(call), entries: [] }] });
}
