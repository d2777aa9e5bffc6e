import type { Json, JsonObject } from '../../../core/json.ts';
import type { HouseCall, HouseEndpoint } from '../../house.ts';
import { createAlias, deleteAlias, listAliases, readAlias, updateAlias } from './aliases.ts';
import { firewallOf } from './firewall.ts';
import * as ipsets from './ipsets.ts';
import { readOptions, writeOptions } from './options.ts';
import { createRule, deleteRule, listRules, readRule, updateRule } from './rules.ts';

const ROOT = '/nodes/{node}/qemu/{vmid}/firewall';

function endpoint(method: HouseEndpoint['method'], path: string, handle: (call: HouseCall) => Json): HouseEndpoint {
  return { method, path: `${ROOT}${path}`, handle };
}

/** The calls below a virtual machine's firewall, but for its log (pve-firewall: PVE/API2/Firewall/VM.pm). */
export const qemuFirewallEndpoints: readonly HouseEndpoint[] = [
  endpoint('GET', '', () => ['rules', 'aliases', 'ipset', 'refs', 'options'].map((name) => ({ name }))),
  endpoint('GET', '/options', readOptions),
  endpoint('PUT', '/options', writeOptions),
  endpoint('GET', '/rules', listRules),
  endpoint('POST', '/rules', createRule),
  endpoint('GET', '/rules/{pos}', readRule),
  endpoint('PUT', '/rules/{pos}', updateRule),
  endpoint('DELETE', '/rules/{pos}', deleteRule),
  endpoint('GET', '/aliases', listAliases),
  endpoint('POST', '/aliases', createAlias),
  endpoint('GET', '/aliases/{name}', readAlias),
  endpoint('PUT', '/aliases/{name}', updateAlias),
  endpoint('DELETE', '/aliases/{name}', deleteAlias),
  endpoint('GET', '/ipset', ipsets.listIpSets),
  endpoint('POST', '/ipset', ipsets.createIpSet),
  endpoint('GET', '/ipset/{name}', ipsets.listEntries),
  endpoint('POST', '/ipset/{name}', ipsets.createEntry),
  endpoint('DELETE', '/ipset/{name}', ipsets.deleteIpSet),
  endpoint('GET', '/ipset/{name}/{cidr}', ipsets.readEntry),
  endpoint('PUT', '/ipset/{name}/{cidr}', ipsets.updateEntry),
  endpoint('DELETE', '/ipset/{name}/{cidr}', ipsets.deleteEntry),
  endpoint('GET', '/refs', listRefs),
];

/** What rules may name as source and destination: the guest's own sets and aliases. */
function listRefs(call: HouseCall): readonly JsonObject[] {
  const { aliases, ipsets: sets } = firewallOf(call);
  const { type } = call.params;
  const remark = (comment: string | undefined): JsonObject => (comment === undefined ? {} : { comment });
  const named = sets.map(({ name, comment }) => ({
    ...{ type: 'ipset', name, ref: `+${name}`, scope: 'guest', ...remark(comment) },
  }));
  const plain = aliases.map(({ name, comment }) => ({
    ...{ type: 'alias', name, ref: name, scope: 'guest', ...remark(comment) },
  }));
  return [...(type === 'alias' ? [] : named), ...(type === 'ipset' ? [] : plain)];
}
