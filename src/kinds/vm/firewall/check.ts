import type { Diagnostic } from '../../../core/diagnostic.ts';
import { isObject, type Json, type JsonObject } from '../../../core/json.ts';
import type { Resource } from '../../../core/resource.ts';
import { canonicalAddress, isAddressOrNetwork } from '../../../pve/codecs/firewall-address.ts';
import { specError } from '../vm-values.ts';
import { ruleProblems } from './check-rule.ts';

const ALIAS = /^(?:(?:guest|dc)\/)?[a-z][a-z0-9_-]+$/;

function childrenOf(resource: Resource, name: string): readonly (readonly [string, Json])[] {
  const { firewall } = resource.spec;
  const child = isObject(firewall) ? firewall[name] : undefined;
  return isObject(child) ? Object.entries(child as JsonObject) : [];
}

function checkRules(resource: Resource): readonly Diagnostic[] {
  const { firewall } = resource.spec;
  const rules = isObject(firewall) ? firewall['rules'] : undefined;
  if (!Array.isArray(rules)) return [];
  return (rules as readonly JsonObject[]).flatMap((rule, index) =>
    ruleProblems(rule).map(({ field, summary, detail }) => {
      const pointer = `/firewall/rules/${index}${field === '' ? '' : `/${field}`}`;
      return specError(resource, pointer, summary, `firewall.rules.${index}: ${detail}`);
    }),
  );
}

/** Names that differ in case alone are one name to Proxmox VE. */
function checkNames(resource: Resource, map: 'ipSets' | 'aliases'): readonly Diagnostic[] {
  const seen = new Map<string, string>();
  return childrenOf(resource, map).flatMap(([name]) => {
    const other = seen.get(name.toLowerCase());
    seen.set(name.toLowerCase(), name);
    if (other === undefined) return [];
    const detail = `firewall.${map} has ${other} and ${name}, which are one name: Proxmox VE lower-cases them.`;
    return [specError(resource, `/firewall/${map}/${name}`, 'the name is taken', detail)];
  });
}

function checkAliases(resource: Resource): readonly Diagnostic[] {
  return childrenOf(resource, 'aliases').flatMap(([name, value]) => {
    const cidr = isObject(value) ? value['cidr'] : value;
    if (typeof cidr !== 'string' || isAddressOrNetwork(cidr)) return [];
    const detail = `firewall.aliases.${name} is ${cidr}, which is no address or network. Write one as in 192.0.2.1 or 10.0.0.0/8.`;
    return [specError(resource, `/firewall/aliases/${name}`, 'not an address', detail)];
  });
}

function checkEntries(resource: Resource, name: string, entries: readonly Json[]): readonly Diagnostic[] {
  const seen = new Set<string>();
  return entries.flatMap((entry, index) => {
    const written = String(isObject(entry) ? entry['cidr'] : entry);
    const cidr = canonicalAddress(written);
    const pointer = `/firewall/ipSets/${name}/entries/${index}`;
    const at = `firewall.ipSets.${name}.entries has ${written}`;
    const error = (summary: string, detail: string): readonly Diagnostic[] => [
      specError(resource, pointer, summary, `${at}${detail}`),
    ];
    if (seen.has(cidr)) return error('written twice', ', which is there already. Leave one of them out.');
    seen.add(cidr);
    if (cidr.startsWith('!'))
      return error('not an address', `. An exception is written as { cidr: ${cidr.slice(1)}, noMatch: true }.`);
    if (!isAddressOrNetwork(cidr) && !ALIAS.test(cidr))
      return error(
        'not an address',
        ', which is no address, network or alias. A set takes no ranges and no other sets.',
      );
    // pve-firewall: PVE/API2/Firewall/IPSet.pm, create_ip.
    if (/\/0+$/.test(cidr))
      return error(
        'out of range',
        ', and a set cannot hold all addresses. Write its two halves, 0.0.0.0/1 and 128.0.0.0/1.',
      );
    return [];
  });
}

/** The rules between the fields of `firewall`, as Proxmox VE checks them when they are written. */
export function checkFirewall(resource: Resource): readonly Diagnostic[] {
  return [
    ...checkRules(resource),
    ...checkNames(resource, 'aliases'),
    ...checkNames(resource, 'ipSets'),
    ...checkAliases(resource),
    ...childrenOf(resource, 'ipSets').flatMap(([name, set]) => {
      const entries = isObject(set) ? set['entries'] : undefined;
      return Array.isArray(entries) ? checkEntries(resource, name, entries as readonly Json[]) : [];
    }),
  ];
}
