import { hasErrors } from '../../core/diagnostic.ts';
import { EXIT_CODES, type ExitName, exitNameOfAll } from '../../core/exit-code.ts';
import { sanitizeLine } from '../../core/sanitize.ts';
import { formatDiagnostics, sortDiagnostics } from '../../report/diagnostics-text.ts';
import { loadResources } from '../../spec/load.ts';
import { checkResources } from '../check-resources.ts';
import type { GlobalOptions } from '../global-options.ts';
import { type Io, readStdin } from '../io.ts';
import { createOutput, OUTPUT_FORMAT_VERSION } from '../output.ts';

/** Checks documents, without contacting anything: prints what is wrong with them, and gives the exit code back. */
export async function runValidate(paths: readonly string[], options: GlobalOptions, io: Io): Promise<number> {
  const output = createOutput(io, options);
  const loaded = await loadResources(paths, { cwd: io.cwd, readStdin: () => readStdin(io) });
  const { resources, files } = loaded;
  const diagnostics = sortDiagnostics([...loaded.diagnostics, ...(await checkResources(resources))]);
  const valid = !hasErrors(diagnostics);
  const errors = diagnostics.filter((diagnostic) => diagnostic.severity === 'error');
  const name: ExitName = exitNameOfAll(errors.map((diagnostic) => diagnostic.code));
  const code = EXIT_CODES[name];

  if (options.json === true) {
    const listed = resources.map(({ address, range }) => ({ address, file: range.file, line: range.line }));
    output.json({ formatVersion: OUTPUT_FORMAT_VERSION, valid, exit: { code, name }, resources: listed, diagnostics });
    return code;
  }
  if (diagnostics.length > 0) output.problem(formatDiagnostics(diagnostics, files, output.problemTheme));
  if (!valid || options.quiet === true) return code;
  output.result(`${resources.length} document${resources.length === 1 ? '' : 's'} valid`);
  if (options.verbose === true) {
    for (const { address, range } of resources)
      output.result(sanitizeLine(`  ${address}  ${range.file}:${range.line}`));
  }
  return code;
}
