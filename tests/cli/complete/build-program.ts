import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = join(dirname(fileURLToPath(import.meta.url)), '../../..');

/** Builds the program from its sources, as a command `pvevm` in a folder for PATH, and gives that folder back. */
export async function buildProgram(folder: string): Promise<string> {
  await build({
    absWorkingDir: root,
    entryPoints: ['src/bin.ts'],
    outdir: join(folder, 'dist'),
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20.19',
    alias: { yaml: join(root, 'node_modules/yaml/browser/dist/index.js') },
    // Bundled CommonJS asks for Node's own modules with require, which an ES module does not have.
    banner: {
      js: "import { createRequire as __createRequire } from 'node:module';\nconst require = __createRequire(import.meta.url);",
    },
    logLevel: 'error',
  });
  writeFileSync(join(folder, 'dist/package.json'), '{ "type": "module" }\n');
  mkdirSync(join(folder, 'bin'));
  const command = join(folder, 'bin/pvevm');
  writeFileSync(command, `#!/bin/sh\nexec '${process.execPath}' '${join(folder, 'dist/bin.js')}' "$@"\n`);
  chmodSync(command, 0o755);
  return join(folder, 'bin');
}
