import type { ResourcePlan } from '../../core/plan.ts';
import { redact } from '../../core/redact.ts';
import { sanitizeLine } from '../../core/sanitize.ts';
import { columnWidth, pad } from '../table.ts';
import type { Theme } from '../theme.ts';
import { formatValue } from '../value-text.ts';
import { wrapAll } from '../wrap.ts';
import { type Alike, differences } from './alike.ts';
import { rowOf } from './change-text.ts';

const MOST_LINES = 20;
const INDENT = ' '.repeat(8);

const clean = (text: string): string => sanitizeLine(redact(text));

function differenceText(resource: ResourcePlan, first: ResourcePlan): string {
  return differences(resource, first)
    .map((change) => {
      const value = resource.action === 'create' ? formatValue(change.after) : rowOf(change).value;
      return `${clean(change.path)} ${value}`;
    })
    .join(', ');
}

function placeOf({ vmid, identity, node }: ResourcePlan): string {
  return clean(`${vmid === null || vmid === 0 ? `${identity ?? ''} ` : `${vmid} `}on ${node}`.trimStart());
}

/** The first of the resources that another one stands for, no more than `most`: where each is, and what is otherwise than in that one. */
export function alikeLines({ first, others }: Alike, most: number, width: number): readonly string[] {
  // Saying that one is left out takes a line too.
  const shown = others.slice(0, others.length > most + 1 ? most : others.length);
  const more = others.length - shown.length;
  const addressWidth = columnWidth(
    shown.map(({ address }) => clean(address)),
    40,
  );
  const placeWidth = columnWidth(shown.map(placeOf), 40);
  const lines = shown.flatMap((resource) => {
    const text = differenceText(resource, first);
    const begin = `${pad(clean(resource.address), addressWidth)}  ${pad(placeOf(resource), placeWidth)}  ${text}`;
    const [line = '', ...rest] = wrapAll(begin.trimEnd(), width);
    return [line, ...rest.map((part) => `  ${part}`)];
  });
  return [...lines, ...(more === 0 ? [] : [`… and ${more} more`])];
}

/**
 * The resources that the one before them stands for: a line for each, with where it is and with what is otherwise than in
 * the first; of many, the first ones and how many there are.
 */
export function formatAlike(alike: Alike, theme: Theme, width: number): readonly string[] {
  const { others } = alike;
  if (others.length === 0) return [];
  return [
    `      ${theme.strong(`and ${others.length} more in the same way`)} (--verbose shows each of them whole):`,
    ...alikeLines(alike, MOST_LINES, width - INDENT.length - 2).map((line) => `${INDENT}${line}`),
  ];
}
