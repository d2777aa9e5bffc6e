import type { Diagnostic } from '../core/diagnostic.ts';
import { sanitizeLine, sanitizeText } from '../core/sanitize.ts';
import { codeFrame } from './code-frame.ts';
import type { Theme } from './theme.ts';

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

function formatDiagnostic(diagnostic: Diagnostic, files: ReadonlyMap<string, string>, theme: Theme): string {
  const { range, severity, summary, detail } = diagnostic;
  const paint = theme[severity];
  const place =
    range === undefined ? '' : `${theme.place(sanitizeLine(`${range.file}:${range.line}:${range.column}`))}: `;
  const text = range === undefined ? undefined : files.get(range.file);
  const frame = range === undefined || text === undefined ? [] : codeFrame(text, range, theme);
  const details = sanitizeText(detail)
    .split('\n')
    .map((line) => `  ${line}`);
  return [
    `${place}${paint(`${severity}:`)} ${theme.strong(sanitizeLine(summary))}`,
    ...details,
    ...(frame.length === 0 ? [] : ['', ...frame]),
  ].join('\n');
}

function countLine(diagnostics: readonly Diagnostic[]): string {
  const counts = SEVERITIES.map(
    (severity) => [severity, diagnostics.filter((diagnostic) => diagnostic.severity === severity).length] as const,
  );
  return counts
    .filter(([, count]) => count > 0)
    .map(([severity, count]) => `${count} ${severity}${count === 1 ? '' : 's'}`)
    .join(', ');
}

/**
 * Diagnostics for people: place, summary, detail and the line of the file that each speaks of, sorted, with their count
 * at the end. `files` are the texts that were read. No control character of a file or a server gets through. Empty for
 * no diagnostics; ends with a newline otherwise.
 */
export function formatDiagnostics(
  diagnostics: readonly Diagnostic[],
  files: ReadonlyMap<string, string>,
  theme: Theme,
): string {
  if (diagnostics.length === 0) return '';
  const parts = sortDiagnostics(diagnostics).map((diagnostic) => formatDiagnostic(diagnostic, files, theme));
  return `${[...parts, countLine(diagnostics)].join('\n\n')}\n`;
}
