import type { Address } from '../../core/address.ts';
import { hasErrors } from '../../core/diagnostic.ts';
import type { Plan, ResourcePlan } from '../../core/plan.ts';
import { neededConsent, stepsWithoutConsent } from '../../engine/consent.ts';
import { countLine } from '../diagnostics-text.ts';
import { clusterText, summarySentences } from '../plan/plan-text.ts';
import { foldDiagnostics } from '../select-diagnostics.ts';
import { type Filter, formatFilters, TRAITS } from './filters.ts';
import { formatFindings } from './findings-html.ts';
import { html, type Markup } from './markup.ts';
import { formatPage } from './page.ts';
import { formatResourceHtml, type ResourceHtmlOptions } from './resource-html.ts';
import { traitsOf, traitText } from './traits.ts';

/** How a plan is to be shown. */
export interface PlanHtmlOptions extends Omit<ResourceHtmlOptions, 'id' | 'open'> {
  /** Which cluster it is, as in `https://pve1:8006`. */
  readonly label: string;
  /** The texts of the files that findings speak of. */
  readonly files: ReadonlyMap<string, string>;
}

// A longer plan begins folded: a line for each resource.
const MAX_OPEN = 25;
// A longer list of what has to be allowed is folded.
const MAX_CONSENTS = 12;

function formatConsent(plan: Plan, ids: ReadonlyMap<Address, string>): Markup {
  const needed = neededConsent(plan);
  if (needed.length === 0) return html``;
  const steps = stepsWithoutConsent(plan, new Set());
  const items = steps.map(({ address, title, names, removes }) => {
    const unnamed = removes.filter((name) => !title.includes(name));
    return html`<li><a href="#${ids.get(address)}">${address}</a> <span>${title}</span>${names.map((name) => html` <span class="tag ${name}">${name}</span>`)}${unnamed.length > 0 && html`<ul class="removes">${unnamed.map((name) => html`<li>${name}</li>`)}</ul>`}</li>`;
  });
  const list = html`<ul class="consents">${items}</ul>`;
  return html`<section class="callout" aria-labelledby="consent"><h2 id="consent">Needs your consent <code>--allow ${needed.join(',')}</code></h2>${steps.length <= MAX_CONSENTS ? list : html`<details class="fold"><summary>${steps.length} steps</summary>${list}</details>`}</section>`;
}

function filtersOf(resources: readonly ResourcePlan[]): readonly Filter[] {
  const acting = (action: ResourcePlan['action']): number => resources.filter((item) => item.action === action).length;
  const traits = resources.flatMap(traitsOf);
  return [
    { name: 'create', text: 'to add', count: acting('create') },
    { name: 'update', text: 'to change', count: acting('update') },
    { name: 'delete', text: 'to destroy', count: acting('delete') },
    { name: 'none', text: 'unchanged', count: acting('none') },
    ...TRAITS.map((name) => ({
      name,
      text: traitText(name),
      count: traits.filter((trait) => trait === name).length,
    })),
  ];
}

function formatResources(resources: readonly ResourcePlan[], options: PlanHtmlOptions): Markup {
  if (resources.length === 0) return html``;
  const isOpen = resources.length <= MAX_OPEN || options.verbose === true;
  const items = resources.map((resource, index) =>
    formatResourceHtml(resource, { ...options, id: `r${index + 1}`, open: isOpen }),
  );
  return html`<section aria-labelledby="resources"><h2 id="resources">Resources</h2>${formatFilters({ filters: filtersOf(resources), size: resources.length, folds: true })}<div class="${resources.length > MAX_OPEN ? 'list long' : 'list'}">${items}</div><p class="nothing" hidden>None of the resources is that.</p></section>`;
}

/**
 * A plan as one HTML page that needs nothing else: the summary, what has to be allowed, what was found, and each resource
 * with its changes, steps and requests, by the same words as `formatPlan`. Of a plan with errors only those are shown. What
 * comes from files and servers is escaped; the same plan gives the same bytes.
 */
export function formatPlanHtml(plan: Plan, options: PlanHtmlOptions): string {
  const { diagnostics } = plan;
  const findings = formatFindings(diagnostics, options.files);
  const where = html`<p class="where">${clusterText(plan, options.label)}</p>`;
  if (hasErrors(diagnostics)) {
    const lead = 'The plan has errors.';
    const counted = countLine(foldDiagnostics(diagnostics));
    const header = html`<p class="name">pvevm plan</p><h1>${lead}</h1><p class="more">Nothing can be carried out before they are mended: ${counted}.</p>${where}`;
    return formatPage({ title: `${lead} · pvevm`, header, main: findings });
  }
  const { lead, more } = summarySentences(plan);
  const sentences = more.filter((sentence) => sentence !== '').join(' ');
  const shown = plan.resources.filter(
    ({ action, changes }) => action !== 'none' || changes.length > 0 || options.verbose === true,
  );
  const ids = new Map(shown.map(({ address }, index) => [address, `r${index + 1}`]));
  const header = html`<p class="name">pvevm plan</p><h1>${lead}</h1>${sentences !== '' && html`<p class="more">${sentences}</p>`}${where}`;
  const main = html`${formatConsent(plan, ids)}${findings}${formatResources(shown, options)}`;
  return formatPage({ title: `${lead} · pvevm`, header, main });
}
