// A harness of the benchmarks as one file; it stands below the repository, so that what is not bundled is found.
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { build } from 'esbuild';

/** Bundles a harness into a folder, and gives the path of the file back. */
export async function bundle(root, entry, folder) {
  const outfile = join(folder, 'harness.mjs');
  await build({
    entryPoints: [join(root, entry)],
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20.19',
    outfile,
    alias: {
      yaml: createRequire(import.meta.url)
        .resolve('yaml/package.json')
        .replace('package.json', 'browser/dist/index.js'),
    },
    banner: {
      js: "import { createRequire as fromNode } from 'node:module'; const require = fromNode(import.meta.url);",
    },
    logLevel: 'error',
  });
  return outfile;
}
