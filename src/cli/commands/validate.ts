import { EXIT_CODES } from '../../core/exit-code.ts';
import { sanitizeLine } from '../../core/sanitize.ts';
import { formatDiagnostics } from '../../report/diagnostics-text.ts';
import { jsonExit } from '../../report/plan-json.ts';
import type { GlobalOptions } from '../global-options.ts';
import type { Io } from '../io.ts';
import { loadChecked } from '../load-checked.ts';
import { createOutput, OUTPUT_FORMAT_VERSION } from '../output.ts';
import { sourceOf, type VariableOptions } from '../variable-options.ts';

/** The options of `validate`. */
export interface ValidateOptions extends GlobalOptions, VariableOptions {}

/** Checks documents, without contacting anything: prints what is wrong with them, and gives the exit code back. */
export async function runValidate(paths: readonly string[], options: ValidateOptions, io: Io): Promise<number> {
  const output = createOutput(io, options);
  const loaded = await loadChecked(paths, { ...sourceOf(io, options), severalProjects: true });
  const { resources, documents, diagnostics, valid, exit } = loaded;
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
  if (diagnostics.length > 0) output.problem(formatDiagnostics(diagnostics, loaded.files, output.problemTheme));
  if (!valid || options.quiet === true) return EXIT_CODES[exit];
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
