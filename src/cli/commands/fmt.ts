import type { Diagnostic } from '../../core/diagnostic.ts';
import { EXIT_CODES, type ExitName } from '../../core/exit-code.ts';
import { sanitizeLine } from '../../core/sanitize.ts';
import { formatDiagnostics, sortDiagnostics } from '../../report/diagnostics-text.ts';
import { jsonExit } from '../../report/plan/plan-json.ts';
import { formatDocuments } from '../../spec/format-document.ts';
import { maskSource } from '../../spec/mask-source.ts';
import { parseDocuments } from '../../spec/parse.ts';
import type { SchemasByKind } from '../../spec/schema-node.ts';
import { replaceFile } from '../files/replace-file.ts';
import { type FormatTarget, readFormatTargets } from '../format-sources.ts';
import type { GlobalOptions } from '../global-options.ts';
import { type Io, readStdin } from '../io.ts';
import { exitOfDiagnostics } from '../load-checked.ts';
import { loadSchemas } from '../load-schemas.ts';
import { createOutput, OUTPUT_FORMAT_VERSION } from '../output.ts';

/** The options of `fmt`. */
export interface FormatOptions extends GlobalOptions {
  readonly check?: boolean;
}

function notFormattable(file: string): Diagnostic {
  return {
    severity: 'error',
    code: 'SPEC_FILE',
    summary: 'left as it is',
    detail: `${file} cannot be formatted without changing what it means, as where an entry of a list is empty or a key takes several lines. Write that in another way.`,
  };
}

/** The canonical text of a file, or what keeps it from having one. */
function formatTarget({ file, text }: FormatTarget, schemas: SchemasByKind): string | readonly Diagnostic[] {
  const { diagnostics } = parseDocuments(file, text);
  if (diagnostics.length > 0) return diagnostics;
  return formatDocuments(text, schemas) ?? [notFormattable(file)];
}

/**
 * Puts files in canonical form, or says with `--check` which are not; standard input is printed. Files that do not parse
 * are left alone, and their mistakes are shown.
 */
export async function runFmt(paths: readonly string[], options: FormatOptions, io: Io): Promise<number> {
  const output = createOutput(io, options);
  const read = await readFormatTargets(paths, { cwd: io.cwd, readStdin: () => readStdin(io) });
  const schemas = await loadSchemas();
  const found: Diagnostic[] = [...read.diagnostics];
  const changed: string[] = [];
  for (const target of read.targets) {
    const formatted = formatTarget(target, schemas);
    const printed = target.path === undefined && options.check !== true && options.json !== true;
    if (typeof formatted !== 'string') {
      found.push(...formatted);
      // What a filter cannot format it must not swallow.
      if (printed && formatted.every(({ code }) => code === 'SPEC_FILE')) io.stdout.write(target.text);
      continue;
    }
    if (formatted !== target.text) {
      changed.push(target.file);
      if (options.check !== true && target.path !== undefined) await replaceFile(target.path, target.file, formatted);
    }
    if (printed) io.stdout.write(formatted);
  }
  const diagnostics = sortDiagnostics(found);
  const failed = exitOfDiagnostics(diagnostics);
  const exit: ExitName = failed === 'ok' && options.check === true && changed.length > 0 ? 'error' : failed;
  if (options.json === true) {
    output.json({ formatVersion: OUTPUT_FORMAT_VERSION, exit: jsonExit(exit), changed, diagnostics });
    return EXIT_CODES[exit];
  }
  const files = new Map(read.targets.map(({ file, text }) => [file, maskSource(text)]));
  if (diagnostics.length > 0)
    output.problem(formatDiagnostics(diagnostics, files, output.problemTheme, output.problemWidth));
  const named = changed.filter((file) => file !== '<stdin>' || options.check === true);
  if (named.length > 0 && (options.quiet !== true || options.check === true))
    output.result(named.map(sanitizeLine).join('\n'));
  return EXIT_CODES[exit];
}
