import { formatSections, parseSections, type Section } from './section-config.ts';

/** Where HA rules stand. */
export const HA_RULES_FILE = 'ha/rules.cfg';

/** A rule that says where HA resources run. */
export interface HaRule {
  readonly id: string;
  readonly type: 'node-affinity' | 'resource-affinity';
  /** The keys of its section: `resources`, and `nodes` or `affinity`. */
  readonly values: Readonly<Record<string, string>>;
}

const REQUIRED: Readonly<Record<string, readonly string[]>> = {
  'node-affinity': ['nodes', 'resources'],
  'resource-affinity': ['affinity', 'resources'],
};

/** Reads `ha/rules.cfg` (pve-ha-manager: PVE/HA/Rules.pm). */
export function parseHaRules(text: string): readonly HaRule[] {
  return parseSections(text).flatMap(({ type, id, values }) =>
    type === 'node-affinity' || type === 'resource-affinity' ? [{ id, type, values }] : [],
  );
}

/** The text of `ha/rules.cfg`. */
export function formatHaRules(rules: readonly HaRule[]): string {
  return formatSections(rules as readonly Section[], (type) => REQUIRED[type] ?? []);
}
