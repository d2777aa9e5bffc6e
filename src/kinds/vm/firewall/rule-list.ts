import type { JsonObject } from '../../../core/json.ts';
import { type FirewallRule, ruleFromApi } from '../../../pve/codecs/firewall-rule.ts';
import type { TextRow } from '../../../pve/text-rows.ts';

/** One request that edits a list of rules, and the list as it has to be found for it. */
export interface RuleEdit {
  readonly method: 'POST' | 'PUT' | 'DELETE';
  /** Undefined where a rule is added. */
  readonly position?: number;
  readonly params: JsonObject;
  readonly found: readonly TextRow[];
  readonly verb: 'add' | 'move' | 'change' | 'remove' | 'turn on' | 'turn off';
  readonly rule: FirewallRule;
}

/** A list of rules that is edited by Proxmox VE's calls; each edit is noted. Rules of the wanted list go by its positions. */
export interface RuleList {
  length(): number;
  positionOf(wanted: number): number;
  /** The wanted rule at a position; undefined for one that is to go. */
  wantedAt(position: number): number | undefined;
  add(wanted: number, rule: FirewallRule): void;
  /** Moves a rule to where it shall stand in the end; nothing where it stands there. */
  move(wanted: number, to: number): void;
  /** Writes what differs; nothing where nothing does. */
  change(wanted: number, rule: FirewallRule): void;
  remove(position: number): void;
  /** The edits since the last call. */
  taken(): readonly RuleEdit[];
}

interface Item {
  readonly row: TextRow;
  readonly wanted: number | undefined;
}

const integerOr = (key: string, text: string): string | number => (key === 'enable' ? Number(text) : text);

function paramsOf(rule: FirewallRule): JsonObject {
  return Object.fromEntries(Object.entries(rule).map(([key, text]) => [key, integerOr(key, text)]));
}

/** Starts with the rules as the server has them; `source` says which of them each wanted rule is. */
export function createRuleList(rows: readonly TextRow[], source: readonly (number | undefined)[] = []): RuleList {
  const items: Item[] = rows.map((row, position) => {
    const wanted = source.indexOf(position);
    return { row, wanted: wanted === -1 ? undefined : wanted };
  });
  const edits: RuleEdit[] = [];
  const note = (edit: Omit<RuleEdit, 'found'>): void =>
    void edits.push({ ...edit, found: items.map(({ row }) => row) });
  const positionOf = (wanted: number): number => items.findIndex((item) => item.wanted === wanted);
  return {
    length: () => items.length,
    positionOf,
    wantedAt: (position) => items[position]?.wanted,
    add: (wanted, rule) => {
      note({ method: 'POST', params: paramsOf(rule), verb: 'add', rule });
      items.unshift({ row: rule, wanted });
    },
    move: (wanted, to) => {
      const position = positionOf(wanted);
      if (position === to) return;
      const [item] = items.slice(position, position + 1) as [Item];
      // `moveto` names the rule, by its place before the move, that it shall stand before.
      const moveto = to > position ? to + 1 : to;
      note({ method: 'PUT', position, params: { moveto }, verb: 'move', rule: ruleFromApi(item.row) });
      items.splice(position, 1);
      items.splice(to, 0, item);
    },
    change: (wanted, rule) => {
      const position = positionOf(wanted);
      const { row } = items[position] as Item;
      const before = ruleFromApi(row);
      const changed = Object.entries(rule).filter(([key, text]) => before[key] !== text);
      const gone = Object.keys(before).filter((key) => rule[key] === undefined);
      if (changed.length === 0 && gone.length === 0) return;
      const params = {
        ...paramsOf(Object.fromEntries(changed)),
        ...(gone.length === 0 ? {} : { delete: gone.join(',') }),
      };
      const toggles = gone.length === 0 && changed.length === 1 && changed[0]?.[0] === 'enable';
      const verb = toggles ? (rule['enable'] === '0' ? 'turn off' : 'turn on') : 'change';
      note({ method: 'PUT', position, params, verb, rule });
      const left = Object.entries(row).filter(([key]) => !gone.includes(key));
      items[position] = { row: { ...Object.fromEntries(left), ...Object.fromEntries(changed) }, wanted };
    },
    remove: (position) => {
      const { row } = items[position] as Item;
      note({ method: 'DELETE', position, params: {}, verb: 'remove', rule: ruleFromApi(row) });
      items.splice(position, 1);
    },
    taken: () => edits.splice(0, edits.length),
  };
}
