// The committed API facts, for scripts.
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

/** Where the API facts are committed. */
export const factsFolder = join(dirname(fileURLToPath(import.meta.url)), '../../src/pve/facts');

/** The reader of the program itself, so that there is only one. */
const bundle = await build({
  entryPoints: [join(factsFolder, 'facts-at.ts')],
  bundle: true,
  format: 'esm',
  platform: 'neutral',
  write: false,
});
const { factsAt } = await import(`data:text/javascript,${encodeURIComponent(bundle.outputFiles[0].text)}`);

/** The facts of every version that is stored in a folder, oldest first. */
export function storedFacts(folder = factsFolder) {
  const file = join(folder, 'api-facts.json');
  if (!existsSync(file)) return [];
  const stored = JSON.parse(readFileSync(file, 'utf8'));
  return stored.versions.map((version) => factsAt(stored, version));
}

/** The result schemas of the newest version in a folder: `{version, results}`; undefined where there are none. */
export function storedResults(folder = factsFolder) {
  const file = join(folder, 'results.json');
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined;
}
