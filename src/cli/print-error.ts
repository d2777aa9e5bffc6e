import { PvevmError } from '../core/error.ts';
import { errorName } from '../core/error-name.ts';
import { EXIT_CODES, type ExitName, exitNameOf } from '../core/exit-code.ts';
import { redact } from '../core/redact.ts';
import { sanitizeText } from '../core/sanitize.ts';
import { messageLines } from '../report/run/failure-text.ts';
import { wrapText } from '../report/wrap.ts';
import { annotateError } from './ci/annotate.ts';
import type { GlobalOptions } from './global-options.ts';
import type { Io } from './io.ts';
import { createOutput, OUTPUT_FORMAT_VERSION } from './output.ts';

function causesOf(error: unknown): readonly string[] {
  const causes: string[] = [];
  for (
    let at = error instanceof Error ? error.cause : undefined;
    at !== undefined && causes.length < 8;
    at = at instanceof Error ? at.cause : undefined
  ) {
    const message = at instanceof Error ? at.message : String(at);
    // What fetch throws says nothing by itself, nor does what holds one error for each address of a host.
    if (message !== '' && !(message === 'fetch failed' && at instanceof Error && at.cause !== undefined)) {
      // OpenSSL's own form: thread, code, library, function, reason, place in its sources.
      causes.push(/:error:[0-9A-F]+:[^:]*:[^:]*:([^:]+):/i.exec(message)?.[1] ?? message);
    }
  }
  return causes;
}

function clean(text: string): string {
  return sanitizeText(redact(text));
}

/**
 * Prints a failure: its message, what it shows, its chain of causes and what to do, without a stack unless `--debug`.
 * With `--json` it is a document on standard output. Gives the exit code back.
 */
export function printError(error: unknown, io: Io, options: GlobalOptions): number {
  const known = error instanceof PvevmError ? error : undefined;
  const code = known?.code ?? 'INTERNAL';
  const exit: ExitName = exitNameOf(code);
  const message = clean(error instanceof Error ? error.message : String(error));
  const causes = causesOf(error).map(clean);
  const hints = (
    known?.hints ?? ['This is a defect of pvevm: run the command again with --debug, and report what it prints.']
  ).map(clean);
  const details = (known?.details ?? []).map(clean);
  const stack = options.debug === true && error instanceof Error ? [clean(error.stack ?? '')] : [];
  const output = createOutput(io, options);
  if (options.json === true) {
    output.json({
      formatVersion: OUTPUT_FORMAT_VERSION,
      exit: { code: EXIT_CODES[exit], name: exit },
      error: { code, message, causes, details, hints },
    });
  } else {
    const { error: paint, faint } = output.problemTheme;
    const { problemWidth } = output;
    const wrapped = (text: string): readonly string[] =>
      problemWidth === undefined ? [text] : wrapText(text, problemWidth - 2);
    const label = 'error:';
    const room = problemWidth === undefined ? undefined : problemWidth - label.length - 1;
    const lines = [
      `${paint(label)} ${messageLines({ message, code }, output.problemTheme, room).join('\n')}`,
      ...details.flatMap(wrapped).map((detail) => `  ${detail}`),
      ...causes.map((cause, depth) => `${'  '.repeat(depth + 1)}${faint('because:')} ${cause}`),
      ...hints.flatMap(wrapped).map((hint) => `  ${hint}`),
    ];
    output.problem(lines.join('\n'));
  }
  annotateError(`${message} [${errorName(code)}]`, hints, io);
  if (stack.length > 0) output.problem(stack.join('\n'));
  return EXIT_CODES[exit];
}
