import type { JsonObject } from '../../../core/json.ts';
import { failure, parameterFailure } from '../../api-error.ts';
import { splitList } from '../../check-value.ts';
import { clusterFirewallOf } from '../../cluster/firewall/endpoints.ts';
import type { HouseCall } from '../../house.ts';
import { checkRule } from './check-rule.ts';
import { changeFirewall, checkDigest, digestOfList, firewallOf, ipVersionOf } from './firewall.ts';

type Rule = Readonly<Record<string, string>>;

const KEYS = [
  ...['type', 'action', 'macro', 'iface', 'source', 'dest', 'proto', 'dport', 'sport', 'log', 'icmp-type'],
  ...['enable', 'comment'],
];

/** A rule with what is computed: numbers where they are numbers, and the version of its addresses. */
function shownRule(rule: Rule): Readonly<Record<string, string | number>> {
  const ipversion = ipVersionOf(rule['source']) ?? ipVersionOf(rule['dest']);
  return {
    ...rule,
    enable: Number(rule['enable'] ?? 0),
    ...(ipversion === undefined ? {} : { ipversion }),
  };
}

function digestOfRules(call: HouseCall): string {
  return digestOfList(firewallOf(call).rules.map(shownRule));
}

/** `GET …/firewall/rules` (pve-firewall: PVE/API2/Firewall/Rules.pm). */
export function listRules(call: HouseCall): readonly JsonObject[] {
  const digest = digestOfRules(call);
  return firewallOf(call).rules.map((rule, pos) => ({ ...shownRule(rule), pos, digest }));
}

function ruleAt(call: HouseCall): { readonly rule: Rule; readonly pos: number } {
  const pos = Number(call.params['pos']);
  const rule = firewallOf(call).rules[pos];
  if (rule === undefined) throw failure(`no rule at position ${pos}`);
  return { rule, pos };
}

/** `GET …/firewall/rules/{pos}`: the position comes back as it stands in the path, as text. */
export function readRule(call: HouseCall): JsonObject {
  const { rule, pos } = ruleAt(call);
  return { ...shownRule(rule), pos: String(pos), digest: digestOfRules(call) };
}

/** `POST …/firewall/rules`: always at the top, whatever `pos` says, and disabled unless told otherwise. */
export function createRule(call: HouseCall): null {
  const firewall = firewallOf(call);
  checkDigest(call, digestOfRules(call));
  const rule = { enable: '0', ...valuesIn(call) };
  checkRule(rule, firewall, clusterFirewallOf(call.host));
  return changeFirewall(call, { rules: [rule, ...firewall.rules] });
}

/** A value that is empty or `-` clears its key. */
function valuesIn({ params }: HouseCall): Rule {
  const given = KEYS.flatMap((key) => (params[key] === undefined ? [] : [[key, String(params[key])] as const]));
  return Object.fromEntries(given.filter(([, value]) => value !== '' && value !== '-'));
}

/** `PUT …/firewall/rules/{pos}`: with `moveto` it only moves, to before the rule that is there now. */
export function updateRule(call: HouseCall): null {
  const { params } = call;
  const firewall = firewallOf(call);
  checkDigest(call, digestOfRules(call));
  const { rule, pos } = ruleAt(call);
  if (params['moveto'] !== undefined)
    return changeFirewall(call, { rules: moved(firewall.rules, pos, Number(params['moveto'])) });
  const changed: Record<string, string> = { ...rule };
  for (const key of KEYS) if (params[key] === '' || params[key] === '-') delete changed[key];
  Object.assign(changed, valuesIn(call));
  for (const key of splitList(String(params['delete'] ?? ''))) {
    if (!KEYS.includes(key)) throw parameterFailure({ delete: `no such property '${key}'` });
    if (key === 'type' || key === 'action') throw failure(`unable to delete required property '${key}'`);
    delete changed[key];
  }
  checkRule(changed, firewall, clusterFirewallOf(call.host));
  const enable = changed['enable'] ?? '0';
  return changeFirewall(call, {
    rules: firewall.rules.map((other, index) => (index === pos ? { ...changed, enable } : other)),
  });
}

function moved(rules: readonly Rule[], pos: number, moveto: number): readonly Rule[] {
  const result: Rule[] = [];
  rules.forEach((rule, index) => {
    if (index === moveto) result.push(rules[pos] as Rule);
    if (index !== pos) result.push(rule);
  });
  if (moveto >= rules.length) result.push(rules[pos] as Rule);
  return result;
}

/** `DELETE …/firewall/rules/{pos}`: the rules below move up. */
export function deleteRule(call: HouseCall): null {
  const { rules } = firewallOf(call);
  checkDigest(call, digestOfRules(call));
  const { pos } = ruleAt(call);
  return changeFirewall(call, { rules: rules.filter((_rule, index) => index !== pos) });
}
