import * as nodeModule from 'node:module';
import { join } from 'node:path';
import { loadScript } from './cli/start/load-script.ts';
import { needOf } from './cli/start/need-of.ts';

/** The names of the scripts that the build makes; they are not there in the sources. */
declare const SCRIPTS: { readonly paths: string; readonly documents: string } | undefined;

const argv = process.argv.slice(2);
const need = needOf(argv);

if (typeof SCRIPTS === 'object' && (need === 'paths' || need === 'documents')) {
  const isWhole = (): boolean => argv[0] === 'validate' && process.exitCode === 0;
  const script = loadScript(join(import.meta.dirname, SCRIPTS[need]), isWhole);
  // The build makes the scripts of these two modules.
  if (need === 'paths') (script as typeof import('./cli/start/start-paths.ts')).startPaths(argv);
  else (script as typeof import('./cli/start/start-documents.ts')).startDocuments(argv);
} else {
  // Node has it from 22.8 on, the types of Node 20 not at all.
  if (need !== 'nothing') (nodeModule as { readonly enableCompileCache?: () => unknown }).enableCompileCache?.();
  void import('./cli/start/start-program.ts').then(({ startProgram }) => startProgram(argv));
}
