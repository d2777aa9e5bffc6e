import { EXIT_CODES } from '../../core/exit-code.ts';
import { redact } from '../../core/redact.ts';
import { formatDiagnostics } from '../../report/diagnostics-text.ts';
import { jsonExit } from '../../report/plan/plan-json.ts';
import { renderResource, resolvedSpec } from '../../report/render-yaml.ts';
import type { GlobalOptions } from '../global-options.ts';
import type { Io } from '../io.ts';
import { loadChecked } from '../load-checked.ts';
import { loadSchemas } from '../load-schemas.ts';
import { createOutput, OUTPUT_FORMAT_VERSION } from '../output.ts';
import { type SelectOptions, selectResources } from '../select.ts';
import { sourceOf, type VariableOptions } from '../variable-options.ts';

/** The options of `render`. */
export interface RenderCommandOptions extends GlobalOptions, VariableOptions, SelectOptions {
  readonly origins?: boolean;
}

/** Prints documents as they are resolved, without contacting anything, and gives the exit code back. */
export async function runRender(paths: readonly string[], options: RenderCommandOptions, io: Io): Promise<number> {
  const output = createOutput(io, options);
  const all = await loadChecked(paths, { ...sourceOf(io, options), severalProjects: true });
  // Where documents are wrong, those that are not may be all that is missing.
  const loaded = all.valid ? await selectResources(all, options, 'alone') : all;
  const { resources, diagnostics, valid, exit } = loaded;
  const withOrigins = options.origins === true;
  if (options.json === true) {
    const rendered = resources.map((resource) => ({
      address: resource.address,
      file: resource.range.file,
      line: resource.range.line,
      spec: resolvedSpec(resource),
      ...(withOrigins
        ? { origins: Object.fromEntries([...resource.origins].map(([at, { text }]) => [at, redact(text)])) }
        : {}),
    }));
    output.json({
      formatVersion: OUTPUT_FORMAT_VERSION,
      valid,
      exit: jsonExit(exit),
      resources: rendered,
      diagnostics,
    });
    return EXIT_CODES[exit];
  }
  if (diagnostics.length > 0)
    output.problem(formatDiagnostics(diagnostics, loaded.files, output.problemTheme, output.problemWidth));
  if (!valid) return EXIT_CODES[exit];
  const schemas = await loadSchemas();
  output.result(resources.map((resource) => renderResource(resource, { schemas, origins: withOrigins })).join('---\n'));
  return EXIT_CODES[exit];
}
