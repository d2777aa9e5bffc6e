import type { Diagnostic } from '../../core/diagnostic.ts';
import { countLine, formatDiagnostics, sortDiagnostics } from '../diagnostics-text.ts';
import { foldDiagnostics } from '../select-diagnostics.ts';
import { createTheme } from '../theme.ts';
import { type Clean, cutLines, fenceOf, foldOf } from './markup.ts';

const PLAIN = createTheme(false);
const WIDTH = 100;

/** The hidden line by which a program finds the comment that it has to update: the same for all plans of a stack. */
export function planMarker(stack: string | null): string {
  return `<!-- pvevm plan ${stack ?? '-'} -->`;
}

/**
 * What was found, as Markdown: by the words of `formatDiagnostics`, with the places and lines that it speaks of, cut to
 * so many bytes. Unfolded where there are errors or warnings. Empty where nothing was found.
 */
export function formatFindings(
  diagnostics: readonly Diagnostic[],
  files: ReadonlyMap<string, string>,
  limit: number,
  clean: Clean,
): string {
  if (diagnostics.length === 0) return '';
  const found = sortDiagnostics(diagnostics);
  const text = formatDiagnostics(found, files, PLAIN, WIDTH);
  const lines = cutLines(text.trimEnd().split('\n').slice(0, -2), limit);
  const isOpen = found.some(({ severity }) => severity !== 'note');
  return foldOf(countLine(foldDiagnostics(found)), fenceOf(lines, 'text', clean), isOpen);
}

/** What was found in documents that are not valid, as Markdown of at most so many bytes: nothing was contacted, and there is no plan. */
export function formatFindingsMarkdown(
  diagnostics: readonly Diagnostic[],
  files: ReadonlyMap<string, string>,
  { stack, limit, clean }: { readonly stack: string | null; readonly limit: number; readonly clean: Clean },
): string {
  const parts = [planMarker(stack), '### The documents are not valid.', 'Nothing was contacted.'];
  const room = limit - 1000;
  return `${[...parts, formatFindings(diagnostics, files, room, clean)].join('\n\n')}\n`;
}
