import type { Address } from '../../core/address.ts';
import type { ResourcePlan } from '../../core/plan.ts';
import { type Origin, placeOfDocument } from '../../core/resource.ts';
import { consentFor } from '../../engine/consent.ts';
import { placeText, SYMBOLS } from '../plan/plan-text.ts';
import { formatRows, valuesWithOrigins } from './changes-html.ts';
import { html, type Markup } from './markup.ts';
import { formatSteps } from './steps-html.ts';
import { formatTag, traitsOf } from './traits.ts';

/** How a resource is shown. */
export interface ResourceHtmlOptions {
  /** The anchor of the page by which it is found. */
  readonly id: string;
  /** Whether it is unfolded to begin with. */
  readonly open: boolean;
  /** Also the keys that are not managed. */
  readonly verbose?: boolean | undefined;
  /** Also the requests, without being asked. */
  readonly showRequests?: boolean | undefined;
  /** Where each value comes from, that of each part of a new device too. */
  readonly origins?: ReadonlyMap<Address, ReadonlyMap<string, Origin>> | undefined;
}

const WORDS = { create: 'to add', update: 'to change', delete: 'to destroy', none: 'unchanged' } as const;

function formatHead(resource: ResourcePlan): Markup {
  const { action, address, reason, source } = resource;
  const place = [placeText(resource), ...(reason === undefined ? [] : [reason])]
    .filter((text) => text !== '')
    .join(', ');
  const sign = SYMBOLS[action].trim();
  return html`<summary><span class="sign" aria-hidden="true">${sign === '' ? '·' : sign}</span><h3><span class="find">${address}</span><span class="vh"> ${WORDS[action]}</span></h3><span class="place">${place}</span><span class="tags">${traitsOf(resource).map(formatTag)}</span><span class="source">${placeOfDocument(source)}</span></summary>`;
}

/** One resource of a plan: where it is, what changes and what that does, and, folded, its steps with their requests. */
export function formatResourceHtml(resource: ResourcePlan, options: ResourceHtmlOptions): Markup {
  const { id, open, verbose, showRequests, origins } = options;
  const { action, unmanaged } = resource;
  const classes = ['r', action, ...traitsOf(resource)].join(' ');
  const needed = [...new Set(resource.steps.flatMap(consentFor))].sort();
  const isListed = verbose === true && unmanaged.length > 0;
  return html`<details class="${classes}" id="${id}"${open && html` open`}>${formatHead(resource)}<div class="body">
${formatRows(resource)}${needed.length > 0 && html`<p class="needs">Needs <code>--allow ${needed.join(',')}</code></p>`}${isListed && html`<p class="unmanaged">Not managed: ${unmanaged.join(', ')}</p>`}${formatSteps(resource, showRequests === true)}${valuesWithOrigins(resource, origins?.get(resource.address))}</div></details>
`;
}
