import type { ErrorCode } from '../../core/error.ts';
import { errorName } from '../../core/error-name.ts';
import { EXIT_CODES, exitNameOf } from '../../core/exit-code.ts';
import type { Theme } from '../theme.ts';
import { wrapText } from '../wrap.ts';
import { EXPLANATIONS } from './explanations.ts';

/** What an error code means, for people: what has happened, what it usually comes from, what to do, and the exit code. */
export function formatExplanation(code: ErrorCode, theme: Theme, width: number): string {
  const { happened, causes, remedies } = EXPLANATIONS[code];
  const exit = exitNameOf(code);
  const plain = (text: string): string => text.replaceAll('`', '');
  const list = (title: string, items: readonly string[]): readonly string[] => [
    '',
    theme.strong(title),
    ...items.flatMap((item) => {
      const [first = '', ...rest] = wrapText(plain(item), width - 4);
      return [`  - ${first}`, ...rest.map((line) => `    ${line}`)];
    }),
  ];
  return [
    theme.strong(errorName(code)),
    ...wrapText(plain(happened), width - 2).map((line) => `  ${line}`),
    ...list('Typical causes', causes),
    ...list('What to do', remedies),
    '',
    `${theme.strong('Exit code')}  ${EXIT_CODES[exit]} (${exit})`,
    '',
  ].join('\n');
}
