import type { Json, JsonObject } from '../../core/json.ts';
import { canonicalAddresses } from './firewall-address.ts';

/** A rule in canonical form: the API's own parameters as texts, without what means the same as absence. */
export type FirewallRule = Readonly<Record<string, string>>;

/** What a rule says in a spec, by what the API calls it; `action`, `direction`, `group` and `enabled` are told apart below. */
const NAMES = [
  ['macro', 'macro'],
  ['source', 'source'],
  ['dest', 'dest'],
  ['protocol', 'proto'],
  ['dport', 'dport'],
  ['sport', 'sport'],
  ['icmpType', 'icmp-type'],
  ['iface', 'iface'],
  ['log', 'log'],
  ['comment', 'comment'],
] as const;

// Proxmox VE takes numbers and names of /etc/protocols, and keeps what it was given (PVE/Firewall.pm,
// pve_fw_verify_protocol_spec); those that its own macros and checks name are brought to their names.
const PROTOCOLS: Readonly<Record<string, string>> = {
  ...{ '1': 'icmp', '6': 'tcp', '17': 'udp', '33': 'dccp', '41': 'ipv6', '47': 'gre', '50': 'esp', '51': 'ah' },
  ...{ '58': 'ipv6-icmp', '132': 'sctp', '136': 'udplite', icmpv6: 'ipv6-icmp' },
};

function canonicalPorts(text: string): string {
  const ports = [...new Set(text.split(',').map((port) => port.trim()))];
  return ports.sort((left, right) => Number.parseInt(left, 10) - Number.parseInt(right, 10) || 0).join(',');
}

function canonicalValue(key: string, text: string): string {
  switch (key) {
    case 'source':
    case 'dest':
      return canonicalAddresses(text);
    case 'dport':
    case 'sport':
      return canonicalPorts(text);
    case 'proto':
      return PROTOCOLS[text.toLowerCase()] ?? text.toLowerCase();
    case 'log':
      return text === 'nolog' ? '' : text;
    case 'comment':
      return text.replace(/\s*\n\s*/g, ' ').trim();
    default:
      return text;
  }
}

function written(values: readonly (readonly [key: string, text: string])[]): FirewallRule {
  return Object.fromEntries(
    values.map(([key, text]) => [key, canonicalValue(key, text)] as const).filter(([, text]) => text !== ''),
  );
}

function textOf(value: Json): string {
  return Array.isArray(value) ? value.map(String).join(',') : String(value);
}

/** A rule of a spec, which the schema has checked, in canonical form. */
export function ruleFromSpec(spec: JsonObject): FirewallRule {
  const { group, direction, action, enabled } = spec;
  const kind: readonly (readonly [string, string])[] =
    group === undefined
      ? [
          ['type', textOf(direction ?? 'in')],
          ['action', textOf(action ?? '')],
        ]
      : [
          ['type', 'group'],
          ['action', textOf(group).toLowerCase()],
        ];
  const others = NAMES.flatMap(([name, key]): readonly (readonly [string, string])[] => {
    const value = spec[name];
    return value === undefined || value === null ? [] : [[key, textOf(value)]];
  });
  return written([...kind, ...others, ['enable', enabled === false ? '0' : '1']]);
}

/** A rule as the API gives it, in canonical form (pve-firewall: PVE/Firewall.pm, verify_rule). */
export function ruleFromApi(row: Readonly<Record<string, string>>): FirewallRule {
  const isGroup = row['type'] === 'group';
  const others = NAMES.flatMap(([, key]): readonly (readonly [string, string])[] => {
    const text = row[key];
    return text === undefined ? [] : [[key, text]];
  });
  const action = row['action'] ?? '';
  return written([
    ['type', row['type'] ?? 'in'],
    ['action', isGroup ? action.toLowerCase() : action],
    ...others,
    ['enable', row['enable'] === undefined || row['enable'] === '0' ? '0' : '1'],
  ]);
}

/** A rule in the words of a spec. */
export function ruleToSpec(rule: FirewallRule): JsonObject {
  const { type = 'in', action = '', enable } = rule;
  const kind: JsonObject = type === 'group' ? { group: action } : { direction: type, action };
  const others = NAMES.flatMap(([name, key]) => (rule[key] === undefined ? [] : [[name, rule[key] as Json] as const]));
  return { ...kind, ...Object.fromEntries(others), ...(enable === '0' ? { enabled: false } : {}) };
}
