import type { Diagnostic } from '../core/diagnostic.ts';
import { errorName } from '../core/error-name.ts';
import { sanitizeLine, sanitizeText } from '../core/sanitize.ts';
import { codeFrame } from './code-frame.ts';
import { foldDiagnostics, mostImportant, type SharedDiagnostic } from './select-diagnostics.ts';
import type { Theme } from './theme.ts';
import { wrapText } from './wrap.ts';

// A line of names need not be read to its end.
const MAX_NAMES = 10;
const SEVERITIES: readonly Diagnostic['severity'][] = ['error', 'warning', 'note'];

function compareDiagnostics(left: Diagnostic, right: Diagnostic): number {
  const [a, b] = [left.range, right.range];
  // What speaks of no line comes first: it is about files as a whole.
  if (a === undefined || b === undefined) return Number(a !== undefined) - Number(b !== undefined);
  if (a.file !== b.file) return a.file < b.file ? -1 : 1;
  return (
    a.line - b.line || a.column - b.column || SEVERITIES.indexOf(left.severity) - SEVERITIES.indexOf(right.severity)
  );
}

/** Diagnostics in the order in which they are shown: by file and place, what has no place first. */
export function sortDiagnostics(diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
  return [...diagnostics].sort(compareDiagnostics);
}

/** Which resources are meant, where there are several: the place is the same for all instances of a document. */
export function namesLine({ addresses }: SharedDiagnostic): readonly string[] {
  if (addresses.length < 2) return [];
  const more = addresses.length - MAX_NAMES;
  const names = addresses.slice(0, MAX_NAMES).join(', ');
  return [`  It concerns ${names}${more > 0 ? ` and ${more} more` : ''}.`];
}

/** What is to be told in several lines holds commands, which stay whole. */
function wrapped(lines: readonly string[], width: number | undefined): readonly string[] {
  return width === undefined || lines.length > 1 ? lines : lines.flatMap((line) => wrapText(line, width - 2));
}

function formatDiagnostic(
  shared: SharedDiagnostic,
  files: ReadonlyMap<string, string>,
  theme: Theme,
  width: number | undefined,
): string {
  const { diagnostic } = shared;
  const { range, severity, code, summary, detail } = diagnostic;
  const paint = theme[severity];
  const place =
    range === undefined ? '' : `${theme.place(sanitizeLine(`${range.file}:${range.line}:${range.column}`))}: `;
  const text = range === undefined ? undefined : files.get(range.file);
  const frame = range === undefined || text === undefined ? [] : codeFrame(text, range, theme);
  // A note asks for nothing that would have to be looked up.
  const name = severity === 'note' ? '' : theme.faint(` [${errorName(code)}]`);
  const details = wrapped(sanitizeText(detail).split('\n'), width).map((line) => `  ${line}`);
  return [
    `${place}${paint(`${severity}:`)} ${theme.strong(sanitizeLine(summary))}${name}`,
    ...details,
    ...namesLine(shared).map(sanitizeLine),
    ...(frame.length === 0 ? [] : ['', ...frame]),
  ].join('\n');
}

/** How many there are of each severity: `1 error, 2 warnings`. */
export function countLine(diagnostics: readonly SharedDiagnostic[]): string {
  const counts = SEVERITIES.map(
    (severity) => [severity, diagnostics.filter(({ diagnostic }) => diagnostic.severity === severity).length] as const,
  );
  return counts
    .filter(([, count]) => count > 0)
    .map(([severity, count]) => `${count} ${severity}${count === 1 ? '' : 's'}`)
    .join(', ');
}

/**
 * Diagnostics for people: place, summary, detail and the line of the file that each speaks of, sorted, with their count
 * at the end; what several resources share is said once, and of more than 50 the most important are shown. `files` are
 * the texts that were read. No control character of a file or a server gets through. Details are
 * wrapped to a width where one is given. Empty for no diagnostics; ends with a newline otherwise.
 */
export function formatDiagnostics(
  diagnostics: readonly Diagnostic[],
  files: ReadonlyMap<string, string>,
  theme: Theme,
  width?: number,
): string {
  if (diagnostics.length === 0) return '';
  const found = foldDiagnostics(sortDiagnostics(diagnostics));
  const shown = mostImportant(found);
  const parts = shown.map((shared) => formatDiagnostic(shared, files, theme, width));
  const more =
    found.length > shown.length ? [`… and ${found.length - shown.length} more; --json lists all of them`] : [];
  return `${[...parts, ...more, countLine(found)].join('\n\n')}\n`;
}
