import { type FirewallRule, ruleFromApi } from '../../../pve/codecs/firewall-rule.ts';
import type { TextRow } from '../../../pve/text-rows.ts';
import { matchRules, meaningOf } from './match-rules.ts';
import { createRuleList, type RuleEdit, type RuleList } from './rule-list.ts';

/** What brings a list of rules to another: edits before the options are written, and edits after it. */
export interface RuleEdits {
  readonly before: readonly RuleEdit[];
  readonly after: readonly RuleEdit[];
}

interface Work {
  readonly list: RuleList;
  readonly live: readonly FirewallRule[];
  readonly wanted: readonly FirewallRule[];
  /** By the position in the wanted list: the live position. */
  readonly source: readonly (number | undefined)[];
  /** Whether the rules filter traffic now. */
  readonly inEffect: boolean;
}

const isOn = (rule: FirewallRule | undefined): boolean => rule?.['enable'] !== '0';

function liveOf({ live, source }: Work, index: number): FirewallRule | undefined {
  const position = source[index];
  return position === undefined ? undefined : live[position];
}

/** Where a wanted rule belongs now: right after the nearest one before it that is in its place. */
function placeOf({ list }: Work, index: number, settled: ReadonlySet<number>): number {
  for (let before = index - 1; before >= 0; before -= 1) if (settled.has(before)) return list.positionOf(before) + 1;
  return 0;
}

function insert(work: Work, index: number, settled: ReadonlySet<number>): void {
  const { list, inEffect } = work;
  const rule = work.wanted[index] as FirewallRule;
  const place = placeOf(work, index, settled);
  // A new rule comes first in the list, where it would count before all others: until it is in its place, it is off.
  const waits = place > 0 && inEffect && isOn(rule);
  list.add(index, waits ? { ...rule, enable: '0' } : rule);
  list.move(index, place);
  if (waits) list.change(index, rule);
}

function moveAndChange(work: Work, index: number, settled: ReadonlySet<number>): void {
  const { list } = work;
  const from = list.positionOf(index);
  const place = placeOf(work, index, settled);
  const rule = work.wanted[index] as FirewallRule;
  // A rule that goes off does so before it moves, one that comes on after it.
  if (!isOn(rule)) list.change(index, rule);
  list.move(index, from < place ? place - 1 : place);
  list.change(index, rule);
}

/** How many new rules at the top may be added last one first, each by one request: those that all do the same. */
function newAtTop({ wanted, source, inEffect }: Work): number {
  const actions = new Set<string>();
  let count = 0;
  for (const [index, rule] of wanted.entries()) {
    if (source[index] !== undefined) break;
    if (inEffect && isOn(rule)) actions.add(rule['type'] === 'group' ? `group ${index}` : (rule['action'] ?? ''));
    if (actions.size > 1) break;
    count = index + 1;
  }
  return count;
}

/** Live rules that go, one for one with new ones that come to the same place: to be changed in place. */
function replacements(work: Work, kept: ReadonlySet<number>): ReadonlyMap<number, number> {
  const { live, wanted, source, inEffect } = work;
  const used = new Set(source);
  const gone = [...live.keys()].filter((position) => !used.has(position));
  const fresh = [...wanted.keys()].filter((index) => source[index] === undefined);
  const pairs = new Map<number, number>();
  const gapOf = (matches: (index: number) => boolean): number => [...kept].filter(matches).length;
  for (const index of fresh) {
    const gap = gapOf((other) => other < index);
    const found = gone.find(
      (position) =>
        ![...pairs.values()].includes(position) && gapOf((other) => (source[other] as number) < position) === gap,
    );
    if (found !== undefined) pairs.set(index, found);
  }
  if (!inEffect) return pairs;
  // While they filter, one rule in place of another is safe only where nothing else changes what is let through.
  const others = wanted.some((rule, index) => {
    const before = liveOf(work, index);
    return before !== undefined && (!kept.has(index) || isOn(before) !== isOn(rule));
  });
  return pairs.size === 1 && fresh.length === 1 && gone.length === 1 && !others ? pairs : new Map();
}

/**
 * The smallest edits that make one list of rules of another by Proxmox VE's calls, which add at the top alone and move.
 * A rule that both lists have is never missing in between, and at every moment each packet meets what the old or what
 * the new list says of it: rules come in from the top down, then those that go leave from the bottom up
 * (pve-firewall: PVE/API2/Firewall/Rules.pm, create_rule, update_rule).
 */
export function editRules(rows: readonly TextRow[], wanted: readonly FirewallRule[], inEffect: boolean): RuleEdits {
  const live = rows.map(ruleFromApi);
  const { source: matched, kept } = matchRules(live, wanted);
  const replaced = replacements({ list: createRuleList([]), live, wanted, source: matched, inEffect }, kept);
  const source = matched.map((position, index) => position ?? replaced.get(index));
  const work: Work = { list: createRuleList(rows, source), live, wanted, source, inEffect };
  const settled = new Set([...kept, ...replaced.keys()]);
  const later = new Set<number>();
  const top = newAtTop(work);
  for (let index = top - 1; index >= 0; index -= 1) {
    work.list.add(index, wanted[index] as FirewallRule);
    settled.add(index);
  }
  for (const [index, rule] of wanted.entries()) {
    if (index < top) continue;
    const before = liveOf(work, index);
    if (before === undefined) insert(work, index, settled);
    else if (kept.has(index) || replaced.has(index)) {
      // What goes off is a rule that goes.
      if (isOn(before) && !isOn(rule) && meaningOf(before) === meaningOf(rule)) later.add(index);
      else work.list.change(index, rule);
      continue;
    } else if (isOn(before) && (!isOn(rule) || work.list.positionOf(index) < placeOf(work, index, settled))) {
      later.add(index);
      continue;
    } else moveAndChange(work, index, settled);
    settled.add(index);
  }
  const before = work.list.taken();
  for (let position = work.list.length() - 1; position >= 0; position -= 1) {
    const index = work.list.wantedAt(position);
    if (index === undefined) work.list.remove(position);
    else if (!later.has(index)) continue;
    else if (settled.has(index)) work.list.change(index, wanted[index] as FirewallRule);
    else {
      moveAndChange(work, index, settled);
      settled.add(index);
      // One that went up has brought another one here.
      if (work.list.positionOf(index) < position) position += 1;
    }
  }
  return { before, after: work.list.taken() };
}
