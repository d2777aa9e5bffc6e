import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');

/** What a TypeScript module of src/ exports; for modules without outside state, which a script asks for facts. */
export async function loadSource(path) {
  const { outputFiles } = await build({
    absWorkingDir: root,
    entryPoints: [path],
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20.19',
    // Bundled CommonJS asks for Node's own modules with require, which an ES module does not have.
    banner: {
      js: `import { createRequire as __createRequire } from 'node:module';\nconst require = __createRequire(${JSON.stringify(join(root, 'package.json'))});`,
    },
    alias: { yaml: join(root, 'node_modules/yaml/browser/dist/index.js') },
    write: false,
    logLevel: 'warning',
  });
  return import(`data:text/javascript;base64,${Buffer.from(outputFiles[0].text).toString('base64')}`);
}
