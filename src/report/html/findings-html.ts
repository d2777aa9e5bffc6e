import type { Diagnostic } from '../../core/diagnostic.ts';
import { errorName } from '../../core/error-name.ts';
import { codeFrame } from '../code-frame.ts';
import { countLine, namesLine, sortDiagnostics } from '../diagnostics-text.ts';
import { foldDiagnostics, mostImportant, type SharedDiagnostic } from '../select-diagnostics.ts';
import { createTheme } from '../theme.ts';
import { html, type Markup } from './markup.ts';

const PLAIN = createTheme(false);

function formatFinding(shared: SharedDiagnostic, files: ReadonlyMap<string, string>): Markup {
  const { severity, code, summary, detail, range, address } = shared.diagnostic;
  const text = range === undefined ? undefined : files.get(range.file);
  const frame = range === undefined || text === undefined || severity === 'note' ? [] : codeFrame(text, range, PLAIN);
  const place = range === undefined ? address : `${range.file}:${range.line}:${range.column}`;
  return html`<li class="finding ${severity}"><h3><span class="tag ${severity}">${severity}</span> ${summary}</h3><p class="at">${place}${severity !== 'note' && html`<span class="code">${errorName(code)}</span>`}</p><p class="detail">${detail}${namesLine(shared).map((line) => html`\n${line.trim()}`)}</p>${frame.length > 0 && html`<pre class="frame" tabindex="0" aria-label="The line of the file">${frame.map((line) => line.replace(/^ {4}/, '')).join('\n')}</pre>`}</li>`;
}

/**
 * What was found, as a part of a page: what several resources share is said once, with the line of the file it speaks of.
 * Of more than 50 the most important are shown. Nothing where nothing was found. `files` are the texts that were read.
 */
export function formatFindings(diagnostics: readonly Diagnostic[], files: ReadonlyMap<string, string>): Markup {
  if (diagnostics.length === 0) return html``;
  const found = foldDiagnostics(sortDiagnostics(diagnostics));
  const shown = mostImportant(found);
  const more = found.length - shown.length;
  return html`<section aria-labelledby="findings"><h2 id="findings">Findings <span class="sub">${countLine(found)}</span></h2><ul class="findings">${shown.map((shared) => formatFinding(shared, files))}</ul>${more > 0 && html`<p class="more">… and ${more} more; --json lists all of them</p>`}</section>`;
}
