import type { JsonObject } from '../../../core/json.ts';
import { failure } from '../../api-error.ts';
import { splitList } from '../../check-value.ts';
import { formatHaRules, HA_RULES_FILE, type HaRule, parseHaRules } from '../../files/ha-rules-cfg.ts';
import type { HouseCall, HouseEndpoint, SandboxState } from '../../house.ts';
import { type RuleErrors, resourcesOf, ruleErrors } from './rule-errors.ts';
import { ruleParameters } from './rule-parameters.ts';

/** The calls below `/cluster/ha/rules`, which 9.0 brought (pve-ha-manager: PVE/API2/HA/Rules.pm). */
export const haRuleEndpoints: readonly HouseEndpoint[] = [
  { method: 'GET', path: '/cluster/ha/rules', handle: list },
  { method: 'POST', path: '/cluster/ha/rules', check: ruleParameters(false), handle: create },
  { method: 'GET', path: '/cluster/ha/rules/{rule}', handle: read },
  { method: 'PUT', path: '/cluster/ha/rules/{rule}', check: ruleParameters(true), handle: update },
  { method: 'DELETE', path: '/cluster/ha/rules/{rule}', handle: remove },
];

const KEYS = ['comment', 'disable', 'nodes', 'resources', 'affinity', 'strict'] as const;

/** The rules as they stand in `ha/rules.cfg`. */
function rulesOf(host: SandboxState): readonly HaRule[] {
  return parseHaRules(host.files.read(HA_RULES_FILE) ?? '');
}

/** Writes `ha/rules.cfg`. */
function saveRules(host: SandboxState, rules: readonly HaRule[]): void {
  host.files.write(HA_RULES_FILE, formatHaRules(rules));
}

function list({ host, params }: HouseCall): readonly JsonObject[] {
  const { type, resource } = params;
  const rules = rulesOf(host);
  const errors = ruleErrors(rules, host.nodes.size);
  return rules
    .map((rule, index) => ({ rule, shown: row(host, rule, index, errors.get(rule.id)) }))
    .filter(({ rule }) => type === undefined || rule.type === type)
    .filter(({ rule }) => resource === undefined || resourcesOf(rule).includes(String(resource)))
    .map(({ shown }) => shown);
}

function row(host: SandboxState, { id, type, values }: HaRule, index: number, errors?: RuleErrors): JsonObject {
  const shown = Object.entries(values).map(([key, text]) => [
    key,
    key === 'strict' || key === 'disable' ? Number(text) : text,
  ]);
  return {
    ...Object.fromEntries(shown),
    ...{ rule: id, type, order: index + 1, digest: host.digestOf(HA_RULES_FILE) },
    ...(errors === undefined ? {} : { errors }),
  };
}

function read({ host, params }: HouseCall): JsonObject {
  const rules = rulesOf(host);
  const index = rules.findIndex(({ id }) => id === params['rule']);
  const rule = rules[index];
  if (rule === undefined) throw failure(`no such ha rule '${params['rule']}'`);
  return row(host, rule, index, ruleErrors(rules, host.nodes.size).get(rule.id));
}

function create({ host, params }: HouseCall): null {
  const id = String(params['rule']);
  const rules = rulesOf(host);
  const refuse = (message: string): Error => failure(`create ha rule failed: ${message}`);
  if (rules.some((rule) => rule.id === id)) throw refuse(`HA rule '${id}' already defined`);
  const rule = { id, type: typeIn(params), values: valuesIn(params) };
  check(host, [...rules, rule], rule, refuse);
  saveRules(host, [...rules, rule]);
  host.save();
  return null;
}

function typeIn(params: HouseCall['params']): HaRule['type'] {
  // The check of the parameters has vouched for it.
  return params['type'] as HaRule['type'];
}

/** `disable=0` is taken and does nothing. */
function valuesIn(params: HouseCall['params']): Record<string, string> {
  const given = KEYS.flatMap((key) => (params[key] === undefined ? [] : [[key, String(params[key])] as const]));
  const kept = given.filter(([key, value]) => key !== 'disable' || value === '1');
  const values = Object.fromEntries(kept);
  if (values['resources'] !== undefined) values['resources'] = splitList(values['resources']).join(',');
  return values;
}

function update({ host, params }: HouseCall): null {
  const id = String(params['rule']);
  const rules = rulesOf(host);
  const refuse = (message: string): Error => failure(`update HA rules failed: ${message}`);
  const { digest } = params;
  if (digest !== undefined && digest !== '' && digest !== host.digestOf(HA_RULES_FILE)) {
    throw refuse('detected modified configuration - file changed by other user? Try again.');
  }
  const rule = rules.find((candidate) => candidate.id === id);
  if (rule === undefined) throw refuse(`HA rule '${id}' does not exist`);
  if (rule.type !== params['type']) throw refuse(`cannot change rule type '${rule.type}' to '${params['type']}'`);
  const values: Record<string, string> = { ...rule.values, ...valuesIn(params) };
  for (const key of splitList(String(params['delete'] ?? ''))) {
    if (!KEYS.some((known) => known === key)) throw refuse(`no such option '${key}'`);
    if (['resources', 'nodes', 'affinity'].includes(key)) throw refuse(`unable to delete required option '${key}'`);
    delete values[key];
  }
  const changed = { ...rule, values };
  const all = rules.map((candidate) => (candidate.id === id ? changed : candidate));
  check(host, all, changed, refuse);
  saveRules(host, all);
  host.save();
  return null;
}

function check(host: SandboxState, all: readonly HaRule[], rule: HaRule, refuse: (message: string) => Error): void {
  const unmanaged = [...resourcesOf(rule)].sort().filter((sid) => !host.ha.has(sid));
  if (unmanaged.length > 0) throw refuse(`cannot use unmanaged resource(s) ${unmanaged.join(', ')}.`);
  const names = splitList(rule.values['nodes'] ?? '').map((entry) => entry.split(':')[0] ?? '');
  const missing = names.sort().filter((name) => !host.nodes.has(name));
  if (missing.length > 0) throw refuse(`cannot use non-existent node(s) ${missing.join(', ')}.`);
  const errors = ruleErrors(all, host.nodes.size).get(rule.id);
  if (errors === undefined) return;
  const lines = Object.entries(errors).flatMap(([key, texts]) => texts.map((text) => `${key}: ${text}`));
  throw refuse(`400 Rule '${rule.id}' is invalid.\n${lines.join('\n')}`);
}

function remove({ host, params }: HouseCall): null {
  saveRules(
    host,
    rulesOf(host).filter(({ id }) => id !== params['rule']),
  );
  host.save();
  return null;
}

/** Takes a resource out of all rules, and away the rules that are left with none (PVE/HA/Config.pm). */
export function removeFromRules(host: SandboxState, sid: string): void {
  const rules = rulesOf(host);
  if (!rules.some((rule) => resourcesOf(rule).includes(sid))) return;
  const left = rules.map((rule) => {
    const resources = resourcesOf(rule).filter((other) => other !== sid);
    return { ...rule, values: { ...rule.values, resources: resources.join(',') } };
  });
  saveRules(
    host,
    left.filter((rule) => resourcesOf(rule).length > 0),
  );
}
