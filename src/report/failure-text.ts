import type { ErrorInfo } from '../core/event.ts';
import { redact } from '../core/redact.ts';
import { sanitizeText } from '../core/sanitize.ts';
import type { Theme } from './theme.ts';

/** The lines about a failed step: the error, what shows it (such as the end of a task's log), and what to do. */
export function formatFailure(error: ErrorInfo, theme: Theme): readonly string[] {
  const lines = (text: string, indent: string): readonly string[] =>
    sanitizeText(redact(text))
      .split('\n')
      .map((line) => `${indent}${line}`);
  return [
    ...lines(error.message, '    '),
    ...error.details.flatMap((detail) => lines(detail, '      ')).map(theme.faint),
    ...error.hints.flatMap((hint) => lines(hint, '    ')),
  ];
}
