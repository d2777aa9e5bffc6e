import type { Effect } from '../../../core/effect.ts';
import type { FirewallRule } from '../../../pve/codecs/firewall-rule.ts';
import { type Draft, TIMEOUTS } from '../steps.ts';
import type { RuleEdit } from './rule-list.ts';

/** A rule in a few words, for the title of a step: `in ACCEPT SSH from 10.0.0.0/8`. */
export function ruleWords(rule: FirewallRule): string {
  const { type = 'in', action = '', macro, proto, source, dest, dport, iface } = rule;
  const words = [
    ...(type === 'group' ? ['group', action] : [type, action]),
    macro,
    proto,
    dport === undefined ? undefined : `port ${dport}`,
    source === undefined ? undefined : `from ${source}`,
    dest === undefined ? undefined : `to ${dest}`,
    iface === undefined ? undefined : `on ${iface}`,
  ];
  return words.filter((word) => word !== undefined).join(' ');
}

function titleOf({ verb, position, params, rule }: RuleEdit): string {
  const moveto = params['moveto'];
  const where = typeof moveto === 'number' ? ` to ${moveto > (position ?? 0) ? moveto - 1 : moveto}` : '';
  return `firewall: ${verb} rule${position === undefined ? '' : ` ${position}`}${where} (${ruleWords(rule)})`;
}

/** The step of an edit: it is sent only where the list is found as it was planned, with the digest of that reading. */
export function ruleDraft(root: string, edit: RuleEdit, effect: Effect): Draft {
  const path = `${root}/rules`;
  return {
    title: titleOf(edit),
    effect,
    request: {
      method: edit.method,
      path: edit.position === undefined ? path : `${path}/${edit.position}`,
      params: { ...edit.params, digest: '{digest}' },
    },
    expects: { list: { path, rows: edit.found } },
    await: { for: 'none', timeoutMs: TIMEOUTS.config },
  };
}
