import { EXIT_CODES } from '../../core/exit-code.ts';
import { sanitizeLine } from '../../core/sanitize.ts';
import { formatDiagnostics } from '../../report/diagnostics-text.ts';
import { toJsonText } from '../../report/json-text.ts';
import { jsonExit } from '../../report/plan/plan-json.ts';
import { annotate, fileInRepository } from '../ci/annotate.ts';
import type { GlobalOptions } from '../global-options.ts';
import type { Io } from '../io.ts';
import { type CheckedDocuments, loadChecked } from '../load-checked.ts';
import { createOutput, OUTPUT_FORMAT_VERSION } from '../output.ts';
import type { FormatOptions } from '../report-format.ts';
import { sourceOf, type VariableOptions } from '../variable-options.ts';

/** The options of `validate`. */
export interface ValidateOptions extends GlobalOptions, FormatOptions, VariableOptions {}

/** What was found, in the form that `--format` names; undefined for text and JSON. */
async function reportOf(
  { resources, diagnostics, files }: CheckedDocuments,
  { format }: ValidateOptions,
  io: Io,
): Promise<string | undefined> {
  const { clean = (text: string) => text } = io;
  if (format === 'junit') {
    const { formatJunit } = await import('../../report/junit/junit.ts');
    const cases = resources.map(({ address, range }) => ({ address, file: range.file, line: range.line }));
    return formatJunit({ name: 'pvevm validate', resources: cases, diagnostics, files, clean });
  }
  if (format !== 'codequality') return undefined;
  const { toCodeQuality } = await import('../../report/code-quality.ts');
  return toJsonText(
    toCodeQuality(diagnostics, (file) => fileInRepository(file, io)),
    2,
  );
}

/** Checks documents, without contacting anything: prints what is wrong with them, and gives the exit code back. */
export async function runValidate(paths: readonly string[], options: ValidateOptions, io: Io): Promise<number> {
  const output = createOutput(io, options);
  const loaded = await loadChecked(paths, { ...sourceOf(io, options), severalProjects: true });
  const { resources, documents, diagnostics, valid, exit } = loaded;
  annotate(diagnostics, io);
  if (options.json === true) {
    const listed = resources.map(({ address, range }) => ({ address, file: range.file, line: range.line }));
    output.json({
      formatVersion: OUTPUT_FORMAT_VERSION,
      valid,
      exit: jsonExit(exit),
      resources: listed,
      diagnostics,
    });
    return EXIT_CODES[exit];
  }
  const report = await reportOf(loaded, options, io);
  if (report !== undefined) output.result(report);
  if (diagnostics.length > 0)
    output.problem(formatDiagnostics(diagnostics, loaded.files, output.problemTheme, output.problemWidth));
  if (!valid || report !== undefined || options.quiet === true) return EXIT_CODES[exit];
  const { file } = loaded.project;
  if (documents === 0 && file !== undefined) {
    output.result(sanitizeLine(`${file} is valid`));
    return EXIT_CODES[exit];
  }
  // Instances of one document are resources of their own.
  const made = documents === resources.length ? '' : `, ${resources.length} resources`;
  output.result(`${documents} document${documents === 1 ? '' : 's'} valid${made}`);
  if (options.verbose === true) {
    for (const { address, range } of resources)
      output.result(sanitizeLine(`  ${address}  ${range.file}:${range.line}`));
  }
  return EXIT_CODES[exit];
}
