import { failure } from '../api-error.ts';

/** One section of a file such as `storage.cfg`: `dir: local` and the indented lines below it. */
export interface Section {
  readonly type: string;
  readonly id: string;
  readonly values: Readonly<Record<string, string>>;
}

/** Reads a file of sections (pve-common: PVE/SectionConfig.pm, parse_config). A line without a value is `1`. */
export function parseSections(text: string): readonly Section[] {
  const sections: { type: string; id: string; values: Record<string, string> }[] = [];
  for (const line of text.split('\n')) {
    const [, type, id] = /^(\w[\w-]*):\s*(\S+)\s*$/.exec(line) ?? [];
    if (type !== undefined && id !== undefined) {
      sections.push({ type, id, values: {} });
      continue;
    }
    const [, key, value] = /^\s+(\S+)(?:\s+(.*?))?\s*$/.exec(line) ?? [];
    const section = sections.at(-1);
    if (key !== undefined && section !== undefined) section.values[key] = value ?? '1';
  }
  return sections;
}

/**
 * The text of a file of sections, each followed by an empty line: the comment, a bare `disable`, the `required` keys in
 * their order, the others by name (PVE/SectionConfig.pm, write_config).
 */
export function formatSections(
  sections: readonly Section[],
  required: (type: string) => readonly string[] = () => [],
): string {
  return sections
    .map(({ type, id, values }) => {
      const first = ['comment', 'disable', ...required(type)].filter((key) => values[key] !== undefined);
      const rest = Object.keys(values).filter((key) => !first.includes(key));
      const lines = [...first, ...rest.sort()].map((key) => lineOf(key, values[key] ?? ''));
      return `${type}: ${id}\n${lines.join('')}\n`;
    })
    .join('');
}

function lineOf(key: string, value: string): string {
  if (/[\n\r]/.test(value)) throw failure(`property '${key}' contains a line feed`);
  if (key !== 'disable') return `\t${key} ${value}\n`;
  return value === '1' ? '\tdisable\n' : '';
}
