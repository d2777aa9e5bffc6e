import type { JsonObject } from '../../../core/json.ts';
import { addressVersion, isAddressOrNetwork } from '../../../pve/codecs/firewall-address.ts';
import { type FirewallRule, ruleFromSpec } from '../../../pve/codecs/firewall-rule.ts';
import { networkProblem } from './check-address.ts';
import { portsProblem } from './check-ports.ts';

/** What is wrong with a rule: the field, and why. */
export interface RuleProblem {
  readonly field: string;
  readonly summary: string;
  readonly detail: string;
}

// pve-firewall: PVE/Firewall.pm, $PROTOCOLS_WITH_PORTS.
const WITH_PORTS = new Set(['tcp', 'udp', 'udplite', 'sctp', 'dccp']);
const ICMP = new Set(['icmp', 'ipv6-icmp']);
const OF_GROUPS = new Set(['group', 'iface', 'enabled', 'comment']);

const misfit = (field: string, detail: string): RuleProblem => ({ field, summary: 'does not fit', detail });

function addressProblems(field: 'source' | 'dest', text: string): readonly RuleProblem[] {
  const parts = text.split(',');
  if (parts.length > 1 && parts.some((part) => addressVersion(part) === undefined)) {
    return [
      misfit(
        field,
        `${field} is a list with a name in it. A list holds addresses and networks alone: write a set of them and name that.`,
      ),
    ];
  }
  if (parts.length > 1 && parts.some((part) => part.includes('-'))) {
    return [
      misfit(field, `${field} is a list with a range in it. A range stands alone: write it as networks, or as a set.`),
    ];
  }
  return parts.flatMap((part) => {
    if (addressVersion(part) === undefined || part.includes('-')) return [];
    const problem = isAddressOrNetwork(part) ? networkProblem(part) : `${part} is no address or network.`;
    return problem === undefined ? [] : [{ field, summary: 'not a network', detail: `${field}: ${problem}` }];
  });
}

function versionProblem(rule: FirewallRule): readonly RuleProblem[] {
  const { source = '', dest = '', proto } = rule;
  const named = proto === 'icmp' ? 4 : proto === 'ipv6-icmp' ? 6 : undefined;
  const versions = [...source.split(','), ...dest.split(',')].map(addressVersion);
  const all = new Set([named, ...versions].filter((version) => version !== undefined));
  if (all.size < 2) return [];
  return [misfit(source === '' ? 'dest' : 'source', 'The rule mixes IPv4 and IPv6. Write one rule for each.')];
}

function portProblems(rule: FirewallRule): readonly RuleProblem[] {
  const { proto } = rule;
  const problems = (['dport', 'sport'] as const).flatMap((field): readonly RuleProblem[] => {
    if (rule[field] === undefined) return [];
    if (proto !== undefined && WITH_PORTS.has(proto)) {
      const problem = portsProblem(rule[field]);
      return problem === undefined ? [] : [{ field, summary: 'not a port', detail: `${field}: ${problem}` }];
    }
    // For ICMP, Proxmox VE reads a type where the destination port stands.
    if (field === 'dport' && proto !== undefined && ICMP.has(proto)) return [];
    const why =
      proto === undefined
        ? `needs protocol beside it, as in protocol: tcp`
        : `does not go with protocol ${proto}, which has no ports`;
    return [misfit(field, `${field} ${why}.`)];
  });
  const type = rule['icmp-type'];
  if (type === undefined) return problems;
  if (proto === undefined || !ICMP.has(proto))
    return [...problems, misfit('icmpType', 'icmpType needs protocol: icmp or ipv6-icmp beside it.')];
  return rule['dport'] === undefined
    ? problems
    : [...problems, misfit('icmpType', 'icmpType and dport exclude each other.')];
}

/**
 * What is wrong with a rule by itself, as Proxmox VE would say when it is written (pve-firewall: PVE/Firewall.pm,
 * verify_rule): ports without a protocol, a list with names in it, both versions of IP.
 */
export function ruleProblems(spec: JsonObject): readonly RuleProblem[] {
  const { group, action } = spec;
  if (group === undefined && action === undefined)
    return [
      {
        field: '',
        summary: 'no action',
        detail: 'A rule has an action (ACCEPT, DROP or REJECT), or names a security group.',
      },
    ];
  if (group !== undefined) {
    const surplus = Object.keys(spec).find((key) => !OF_GROUPS.has(key));
    if (surplus === undefined) return [];
    const detail = `A security group stands for rules of its own, so that ${surplus} does not go with it. Beside group there can be iface, enabled and comment.`;
    return [misfit(surplus, detail)];
  }
  const rule = ruleFromSpec(spec);
  return [
    ...(['source', 'dest'] as const).flatMap((field) =>
      rule[field] === undefined ? [] : addressProblems(field, rule[field]),
    ),
    ...versionProblem(rule),
    ...portProblems(rule),
  ];
}
