import { formatRule, parseRule } from './firewall-rule.ts';

/** An address or network that a set of a firewall holds, or leaves out. */
export interface IpSetEntry {
  readonly cidr: string;
  readonly nomatch?: 1;
  readonly comment?: string;
}

/** The firewall of a guest. */
export interface Firewall {
  readonly options: Readonly<Record<string, string>>;
  readonly aliases: readonly { readonly name: string; readonly cidr: string; readonly comment?: string }[];
  readonly ipsets: readonly {
    readonly name: string;
    readonly comment?: string;
    readonly entries: readonly IpSetEntry[];
  }[];
  /** First one first, each with its keys; `enable` is always there. */
  readonly rules: readonly Readonly<Record<string, string>>[];
}

/** Where the firewall of a guest stands. */
export function firewallFile(vmid: number | string): string {
  return `firewall/${vmid}.fw`;
}

/** Reads the firewall of a guest (pve-firewall: PVE/Firewall.pm, generic_fw_config_parser). */
export function parseFirewall(text: string): Firewall {
  const options: Record<string, string> = {};
  const aliases: Firewall['aliases'][number][] = [];
  const ipsets: { name: string; comment?: string; entries: IpSetEntry[] }[] = [];
  const rules: Readonly<Record<string, string>>[] = [];
  let section = '';
  for (const raw of text.split('\n')) {
    const line = raw.trim();
    if (line === '' || line.startsWith('#')) continue;
    const [, header, name, remark] = /^\[(\w+)(?:\s+(\S+))?\](?:\s+#\s*(.*))?$/.exec(line) ?? [];
    if (header !== undefined) {
      section = header.toUpperCase();
      if (section === 'IPSET' && name !== undefined) ipsets.push({ name, ...commentOf(remark), entries: [] });
      continue;
    }
    const [body = '', comment] = splitComment(line);
    if (section === 'OPTIONS') {
      const [, key, value] = /^([\w-]+):\s*(.*)$/.exec(body) ?? [];
      if (key !== undefined && value !== undefined) options[key] = value;
    } else if (section === 'ALIASES') {
      const [alias = '', cidr = ''] = body.split(/\s+/);
      aliases.push({ name: alias, cidr, ...commentOf(comment) });
    } else if (section === 'IPSET') {
      const cidr = body.replace(/^!\s*/, '');
      ipsets.at(-1)?.entries.push({ cidr, ...(body.startsWith('!') ? { nomatch: 1 } : {}), ...commentOf(comment) });
    } else if (section === 'RULES') rules.push({ ...parseRule(body), ...commentOf(comment) });
  }
  return { options, aliases, ipsets, rules };
}

function splitComment(line: string): readonly [string, string | undefined] {
  const at = line.indexOf('#');
  return at === -1 ? [line, undefined] : [line.slice(0, at).trim(), line.slice(at + 1).trim()];
}

function commentOf(comment: string | undefined): { readonly comment?: string } {
  return comment === undefined || comment === '' ? {} : { comment };
}

/** The text of a guest's firewall; empty where there is nothing to say (PVE/Firewall.pm, save_vmfw_conf). */
export function formatFirewall({ options, aliases, ipsets, rules }: Firewall): string {
  const remark = (comment: string | undefined): string =>
    comment === undefined ? '' : ` # ${comment.replaceAll('\n', ' ')}`;
  const block = (header: string, lines: readonly string[]): string => `${header}\n\n${lines.join('')}\n`;
  const keys = Object.keys(options).sort();
  const parts: string[] = [];
  if (keys.length > 0)
    parts.push(
      block(
        '[OPTIONS]',
        keys.map((key) => `${key}: ${options[key]}\n`),
      ),
    );
  if (aliases.length > 0) {
    const lines = aliases.map(({ name, cidr, comment }) => `${name} ${cidr}${remark(comment)}\n`);
    parts.push(block('[ALIASES]', lines));
  }
  for (const { name, comment, entries } of ipsets) {
    const lines = entries.map((entry) => `${entry.nomatch === 1 ? '!' : ''}${entry.cidr}${remark(entry.comment)}\n`);
    parts.push(block(`[IPSET ${name}]${remark(comment)}`, lines));
  }
  if (rules.length > 0) {
    parts.push(
      block(
        '[RULES]',
        rules.map((rule) => `${formatRule(rule)}${remark(rule['comment'])}\n`),
      ),
    );
  }
  return parts.join('');
}
