import { html, type Markup } from './markup.ts';

/** One thing that resources can be filtered by. */
export interface Filter {
  /** The class of the resources that it shows. */
  readonly name: FilterName;
  readonly text: string;
  readonly count: number;
}

/** By these a resource is one or the other: of those chosen, any will do. */
export const KINDS_OF_WORK = [
  'create',
  'update',
  'delete',
  'none',
  'running',
  'stopped',
  'other',
  'absent',
  'unknown',
] as const;

/** Of these a resource may have several. */
export const TRAITS = ['live', 'restart', 'migrate', 'recreate', 'data-loss', 'hard-stop', 'drift', 'pending'] as const;

/** The class of a resource that a filter looks for. */
export type FilterName = (typeof KINDS_OF_WORK)[number] | (typeof TRAITS)[number];

/**
 * The rules that make filters work without a script: with one of the first list chosen, the others of it are hidden; with
 * some of the second, what has none of them.
 */
export function filterRules(): string {
  const hides = KINDS_OF_WORK.map(
    (name) => `.bar:has(.by-work:checked):not(:has(#show-${name}:checked))~.list .r.${name}{display:none!important}`,
  );
  const shows = TRAITS.map((name) => `.bar:has(#show-${name}:checked)~.list .r.${name}`);
  return [
    ...hides,
    '.bar:has(.by-trait:checked)~.list .r{display:none}',
    `${shows.join(',')}{display:var(--shown)}`,
    '.r.unfound{display:none!important}',
  ].join('\n');
}

function chip({ name, text, count }: Filter): Markup {
  const isWork = KINDS_OF_WORK.some((work) => work === name);
  const group = isWork ? 'by-work' : 'by-trait';
  return html`<label class="chip ${name}"><input type="checkbox" class="${group}" id="show-${name}"><span><b>${count}</b> ${text}</span></label>`;
}

/** The controls over a list. */
export interface FilterBar {
  readonly filters: readonly Filter[];
  /** How many resources are in the list. */
  readonly size: number;
  /** Whether what is in the list can be folded. */
  readonly folds: boolean;
}

// A list that is seen at a glance needs no controls.
const FEW = 3;

/** What a list can be filtered by, and with a script a search and what folds it; of a short list only how many there are. */
export function formatFilters({ filters, size, folds }: FilterBar): Markup {
  const total = `${size} ${size === 1 ? 'resource' : 'resources'}`;
  if (size <= FEW) return html`<p class="count">${total}</p>`;
  const chips = filters.filter(({ count }) => count > 0);
  return html`<form class="bar" autocomplete="off" aria-label="Filter">
<fieldset class="chips"><legend class="vh">Show only</legend>${chips.map(chip)}<button type="reset" class="reset">Show all</button></fieldset>
<div class="tools" hidden><label class="search"><span class="vh">Find by name</span><input type="search" placeholder="Find by name" spellcheck="false"></label>${folds && html`<button type="button" data-open="true">Open all</button><button type="button" data-open="false">Close all</button>`}</div>
<p class="count" role="status">${total}</p>
</form>`;
}
