import type { FirewallRule } from '../../../pve/codecs/firewall-rule.ts';

/** Two lists of rules held against each other: for each wanted rule the live one that it is, and how it gets there. */
export interface RuleMatch {
  /** By the position in the wanted list: the position in the live list, or undefined for a rule that is new. */
  readonly source: readonly (number | undefined)[];
  /** The positions in the wanted list of rules that stay where they are among each other. */
  readonly kept: ReadonlySet<number>;
}

// What says nothing about which traffic a rule is for.
const ASIDE: ReadonlySet<string> = new Set(['comment', 'log', 'enable']);

/** What a rule matches and does: rules of one meaning are one rule, whatever is said beside it. */
export function meaningOf(rule: FirewallRule): string {
  const entries = Object.entries(rule).filter(([key]) => !ASIDE.has(key));
  return JSON.stringify(entries.sort(([left], [right]) => (left < right ? -1 : 1)));
}

/** Whether two rules are the same in everything. */
function sameRule(left: FirewallRule, right: FirewallRule): boolean {
  const keys = new Set([...Object.keys(left), ...Object.keys(right)]);
  return [...keys].every((key) => left[key] === right[key]);
}

/** The longest common subsequence by meaning; among those, the one with most rules that are the same in everything. */
function longestCommon(live: readonly FirewallRule[], wanted: readonly FirewallRule[]): ReadonlyMap<number, number> {
  const meanings = { live: live.map(meaningOf), wanted: wanted.map(meaningOf) };
  const big = Math.max(live.length, wanted.length) + 1;
  const gain = (i: number, j: number): number => {
    if (meanings.live[i] !== meanings.wanted[j]) return 0;
    return big + (sameRule(live[i] ?? {}, wanted[j] ?? {}) ? 1 : 0);
  };
  const best: number[][] = Array.from({ length: live.length + 1 }, () => new Array<number>(wanted.length + 1).fill(0));
  const at = (i: number, j: number): number => best[i]?.[j] ?? 0;
  for (let i = live.length - 1; i >= 0; i -= 1) {
    const row = best[i] as number[];
    for (let j = wanted.length - 1; j >= 0; j -= 1) {
      const both = gain(i, j);
      row[j] = Math.max(at(i + 1, j), at(i, j + 1), both === 0 ? 0 : both + at(i + 1, j + 1));
    }
  }
  const pairs = new Map<number, number>();
  for (let i = 0, j = 0; i < live.length && j < wanted.length; ) {
    const both = gain(i, j);
    if (both > 0 && at(i, j) === both + at(i + 1, j + 1)) {
      pairs.set(j, i);
      i += 1;
      j += 1;
    } else if (at(i + 1, j) >= at(i, j + 1)) i += 1;
    else j += 1;
  }
  return pairs;
}

/** Finds for each wanted rule the live one of its meaning: in order as far as possible, the others as moved. */
export function matchRules(live: readonly FirewallRule[], wanted: readonly FirewallRule[]): RuleMatch {
  const kept = longestCommon(live, wanted);
  const source: (number | undefined)[] = wanted.map((_rule, index) => kept.get(index));
  const free = new Set(live.keys());
  for (const index of kept.values()) free.delete(index);
  // A moved rule that is the same in everything goes before one of the same meaning.
  for (const fits of [sameRule, (left: FirewallRule, right: FirewallRule) => meaningOf(left) === meaningOf(right)]) {
    for (const [index, rule] of wanted.entries()) {
      if (source[index] !== undefined) continue;
      const found = [...free].find((candidate) => fits(live[candidate] ?? {}, rule));
      if (found === undefined) continue;
      source[index] = found;
      free.delete(found);
    }
  }
  return { source, kept: new Set(kept.keys()) };
}
