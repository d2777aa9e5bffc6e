import { errorName } from '../../core/error-name.ts';
import type { ErrorInfo } from '../../core/event.ts';
import { redact } from '../../core/redact.ts';
import { sanitizeText } from '../../core/sanitize.ts';
import { widthOf } from '../table.ts';
import type { Theme } from '../theme.ts';
import { wrapText } from '../wrap.ts';

/** The first line of an error's message with the code behind it, by which `explain` knows it; the others stay as they are. */
function withErrorName(message: string, code: ErrorInfo['code'], theme: Theme): readonly string[] {
  const [first = '', ...rest] = message.split('\n');
  return [`${first}${theme.faint(` [${errorName(code)}]`)}`, ...rest];
}

/**
 * A message with its code at the end of its first line; wrapped where a width is given: the code then is at the end of the
 * last of the first line's parts, or below it.
 */
export function messageLines(
  { message, code }: Pick<ErrorInfo, 'message' | 'code'>,
  theme: Theme,
  width: number | undefined,
): readonly string[] {
  const [first = '', ...rest] = sanitizeText(redact(message)).split('\n');
  if (width === undefined) return withErrorName([first, ...rest].join('\n'), code, theme);
  const parts = wrapText(first, width);
  const last = parts.at(-1) ?? '';
  const isRoom = widthOf(last) + widthOf(errorName(code)) + 3 <= width;
  const named = isRoom ? withErrorName(last, code, theme) : [last, theme.faint(`[${errorName(code)}]`)];
  return [...parts.slice(0, -1), ...named, ...rest.flatMap((line) => wrapText(line, width))];
}

/**
 * The lines about a failed step: the error, what shows it (such as the end of a task's log), and what to do. They are
 * wrapped where somebody says to how many columns.
 */
export function formatFailure(error: ErrorInfo, theme: Theme, width?: number): readonly string[] {
  const lines = (text: string, indent: string): readonly string[] =>
    sanitizeText(redact(text))
      .split('\n')
      .flatMap((line) => (width === undefined ? [line] : wrapText(line, width - indent.length)))
      .map((line) => `${indent}${line}`);
  const room = width === undefined ? undefined : width - 4;
  return [
    ...messageLines(error, theme, room).map((line) => `    ${line}`),
    ...error.details.flatMap((detail) => lines(detail, '      ')).map(theme.faint),
    ...error.hints.flatMap((hint) => lines(hint, '    ')),
  ];
}
