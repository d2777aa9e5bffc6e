import type { Diagnostic } from '../../core/diagnostic.ts';
import { countLine } from '../diagnostics-text.ts';
import { foldDiagnostics } from '../select-diagnostics.ts';
import { formatFindings } from './findings-html.ts';
import { html } from './markup.ts';
import { formatPage } from './page.ts';

/** What was found in documents that are not valid, as one HTML page: nothing was contacted, and there is no plan. */
export function formatFindingsPage(diagnostics: readonly Diagnostic[], files: ReadonlyMap<string, string>): string {
  const lead = 'The documents are not valid.';
  const header = html`<p class="name">pvevm</p><h1>${lead}</h1><p class="more">Nothing was contacted: ${countLine(foldDiagnostics(diagnostics))}.</p>`;
  return formatPage({ title: `${lead} · pvevm`, header, main: formatFindings(diagnostics, files) });
}
