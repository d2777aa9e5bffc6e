import type { ResourcePlan } from '../../core/plan.ts';
import type { Step } from '../../core/step.ts';
import { consentFor } from '../../engine/consent.ts';
import { formatAwait, formatParameter } from '../plan/request-text.ts';
import { html, type Markup } from './markup.ts';

function formatRequest({ request }: Step): Markup {
  if (request === undefined) return html``;
  const params = Object.entries(request.params).map(([key, value]) => `\n${formatParameter(key, value)}`);
  return html`<pre class="request"><b>${request.method}</b> ${request.path}${params}</pre>`;
}

function formatStep(step: Step, { action }: ResourcePlan): Markup {
  const { title, removes = [] } = step;
  // What is destroyed stands on the lines of its volumes.
  const unnamed = action === 'delete' ? [] : removes.filter((name) => !title.includes(name));
  const needed = consentFor(step);
  return html`<li><p>${title}${unnamed.length > 0 && html` <span class="removes">(removes ${unnamed.join(', ')})</span>`}${needed.map((name) => html` <span class="tag ${name}">${name}</span>`)}</p>${formatRequest(step)}${formatAwait(step).map((text) => html`<p class="waits">${text}</p>`)}</li>`;
}

/** The steps of a resource, folded: each with the request that it sends, parameter by parameter, and what it waits for. */
export function formatSteps(resource: ResourcePlan, open: boolean): Markup {
  const { steps } = resource;
  if (steps.length === 0) return html``;
  const titles = steps.map(({ title }) => title).join(', ');
  return html`<details class="fold"${open && html` open`}><summary>${steps.length} ${steps.length === 1 ? 'step' : 'steps'}<span class="titles">: ${titles}</span></summary><ol class="steps">${steps.map((step) => formatStep(step, resource))}</ol></details>`;
}
