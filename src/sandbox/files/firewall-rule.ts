/** The keys of a rule that stand in its line as `-key value`, in the order in which they are written. */
const SWITCHES: readonly (readonly [string, string])[] = [
  ['-i', 'iface'],
  ['-source', 'source'],
  ['-dest', 'dest'],
  ['-p', 'proto'],
  ['-dport', 'dport'],
  ['-sport', 'sport'],
  ['-log', 'log'],
  ['-icmp-type', 'icmp-type'],
];

/** A rule's keys from its line without the comment (pve-firewall: PVE/Firewall.pm, parse_fw_rule). `|` disables it. */
export function parseRule(line: string): Readonly<Record<string, string>> {
  const isDisabled = line.startsWith('|');
  const [type = '', action = '', ...rest] = line.replace(/^\|/, '').trim().split(/\s+/);
  const [, macro, verdict] = /^(.*)\((.*)\)$/.exec(action) ?? [];
  const rule: Record<string, string> = {
    ...{ type: type.toLowerCase(), action: verdict ?? action, enable: isDisabled ? '0' : '1' },
    ...(macro === undefined ? {} : { macro }),
  };
  for (let index = 0; index < rest.length; index += 2) {
    const key = SWITCHES.find(([name]) => name === rest[index])?.[1];
    const value = rest[index + 1];
    if (key !== undefined && value !== undefined) rule[key] = value;
  }
  return rule;
}

/** The line of a rule, without its comment (PVE/Firewall.pm, format_rules). */
export function formatRule(rule: Readonly<Record<string, string>>): string {
  const { type = '', action = '', macro, enable } = rule;
  const start = `${enable === '0' ? '|' : ''}${type.toUpperCase()} ${macro === undefined ? action : `${macro}(${action})`}`;
  const switches = SWITCHES.flatMap(([name, key]) => (rule[key] === undefined ? [] : [` ${name} ${rule[key]}`]));
  return start + switches.join('');
}
