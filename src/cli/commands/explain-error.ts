import { type ErrorCode, PvevmError } from '../../core/error.ts';
import { errorName } from '../../core/error-name.ts';
import { EXIT_CODES, exitNameOf } from '../../core/exit-code.ts';
import { nearest } from '../../core/nearest.ts';
import { formatExplanation } from '../../report/errors/explanation-text.ts';
import { ERROR_CODES, EXPLANATIONS } from '../../report/errors/explanations.ts';
import { jsonExit } from '../../report/plan/plan-json.ts';
import { OUTPUT_FORMAT_VERSION, type Output } from '../output.ts';

const PREFIX = 'PVEVM-';

/** Whether a word means an error: it begins as their names do, or is a code as JSON output has it. */
export function isErrorName(word: string): boolean {
  return /^pvevm[-_]/i.test(word) || (ERROR_CODES as readonly string[]).includes(word);
}

function findCode(word: string): ErrorCode {
  const wanted = word.toUpperCase().replaceAll('_', '-');
  const name = wanted.startsWith(PREFIX) ? wanted : PREFIX + wanted;
  const found = ERROR_CODES.find((code) => errorName(code) === name);
  if (found !== undefined) return found;
  // The prefix, which all have, would make everything near.
  const near = nearest(
    name.slice(PREFIX.length),
    ERROR_CODES.map((code) => errorName(code).slice(PREFIX.length)),
  );
  throw new PvevmError('USAGE', `there is no error '${word}'`, {
    hints: [
      near === undefined ? `Known are: ${ERROR_CODES.map(errorName).join(', ')}.` : `Did you mean ${PREFIX}${near}?`,
    ],
  });
}

/** Prints what an error means. Throws USAGE for one that does not exist. */
export function explainError(word: string, isJson: boolean, output: Output, width: number): number {
  const code = findCode(word);
  if (isJson) {
    const explanation = { code, name: errorName(code), exit: jsonExit(exitNameOf(code)), ...EXPLANATIONS[code] };
    output.json({ formatVersion: OUTPUT_FORMAT_VERSION, exit: jsonExit('ok'), explanation });
  } else output.result(formatExplanation(code, output.resultTheme, width));
  return EXIT_CODES.ok;
}
