import { writtenValue } from '../spec/words.ts';
import type { FieldFacts } from './field-facts.ts';
import { columnWidth, pad } from './table.ts';
import type { Theme } from './theme.ts';
import { wrapText } from './wrap.ts';

const LABEL_WIDTH = 12;

function valuesText({ values, slots }: FieldFacts): string {
  // null has a meaning of its own in a spec.
  const shown = values.map((value) => (value === 'null' ? 'null (removed where it is set)' : value));
  return [shown.join(', '), ...(slots.length === 0 ? [] : [`slots ${slots.join(', ')}`])].join('; ');
}

function defaultText(facts: FieldFacts): string | undefined {
  if (facts.default === undefined) return undefined;
  const value = writtenValue(facts.default);
  const when = facts.requires.length === 0 ? '' : `, where ${facts.requires.join('; or where ')}`;
  const creation = facts.creation
    ? '. A creation value: it fills the request that makes the guest, and is compared afterwards only where a document, its bases or pvevm.yaml write it'
    : '';
  return `${value}${when}${creation}`;
}

function versionsText({ since, until }: FieldFacts): string | undefined {
  const words = [
    ...(since === undefined ? [] : [`since ${since}`]),
    ...(until === undefined ? [] : [`until ${until}`]),
  ];
  return words.length === 0 ? undefined : words.join(', ');
}

function keyText({ key, sub }: FieldFacts): string | undefined {
  if (key === undefined) return undefined;
  const name = key === '*' ? "the slot's own key" : key;
  return sub === undefined ? name : `${name}, ${sub} in its property string`;
}

/** What a field means, for people: its meaning, values, default, mapping to Proxmox VE, effect, and the fields inside it. */
export function formatFieldFacts(facts: FieldFacts, theme: Theme, width: number): string {
  const rows: readonly (readonly [label: string, text: string | undefined])[] = [
    ['values', facts.values.length === 0 ? undefined : valuesText(facts)],
    ['required', facts.required ? 'yes' : undefined],
    ['default', defaultText(facts)],
    ['only where', facts.default === undefined && facts.requires.length > 0 ? facts.requires.join('; or ') : undefined],
    ['Proxmox VE', keyText(facts)],
    ['a change', facts.effect],
    ['same as none', facts.absent === undefined ? undefined : writtenValue(facts.absent)],
    ['privilege', facts.privilege],
    ['versions', versionsText(facts)],
  ];
  const lines = rows.flatMap(([label, text]) => {
    if (text === undefined) return [];
    const [first = '', ...rest] = wrapText(text, width - LABEL_WIDTH - 4);
    return [
      `  ${theme.faint(pad(label, LABEL_WIDTH))}  ${first}`,
      ...rest.map((line) => `${' '.repeat(LABEL_WIDTH + 4)}${line}`),
    ];
  });
  const column = columnWidth(
    facts.fields.map(({ path }) => path),
    40,
  );
  const children = facts.fields.flatMap(({ path, description }) => {
    const [first = '', ...rest] = wrapText(description, Math.max(30, width - column - 4));
    return [`  ${pad(path, column)}  ${first}`, ...rest.map((line) => `${' '.repeat(column + 4)}${line}`)];
  });
  return [
    theme.strong(facts.path),
    ...wrapText(facts.description, width - 2).map((line) => `  ${line}`),
    ...(lines.length === 0 ? [] : ['', ...lines]),
    ...(children.length === 0 ? [] : ['', theme.strong('Fields'), ...children]),
    '',
  ].join('\n');
}
