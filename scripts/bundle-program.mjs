// Bundles the program and the library into dist/:
//   bin.cjs             takes the command line, and prints the version; CommonJS, since it starts sooner
//   paths-HASH.cjs      what `validate` of paths needs (src/cli/start/need-of.ts), in one script as small as it can be
//   documents-HASH.cjs  what the other commands need that read documents at most, and their options
//   documents/          what both seldom need: the schemas, and the validators of all but guests
//   chunks/ and cli/    the whole program, in the parts that each command needs
//   index.js, sandbox/  the library, which shares those parts
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join, relative } from 'node:path';
import { build } from 'esbuild';

const WHOLE_PROGRAM = ['src/cli/program.ts', 'src/cli/complete/complete.ts'];
const LIBRARY = ['src/index.ts', 'src/sandbox/index.ts'];

// Bundled CommonJS asks for Node's own modules with require, which an ES module does not have. Only the file where
// esbuild looks for it needs one.
const LOOKS_FOR_REQUIRE = 'typeof require';
const REQUIRE = `import { createRequire as __createRequire } from 'node:module';\nconst require = __createRequire(import.meta.url);\n`;

/** Of package.json the program wants to know its version. */
function versionAlone(root) {
  return {
    name: 'version-alone',
    setup({ onLoad }) {
      onLoad({ filter: /package\.json$/ }, ({ path }) => {
        if (path !== join(root, 'package.json')) return undefined;
        const { version } = JSON.parse(readFileSync(path, 'utf8'));
        return { contents: JSON.stringify({ version }), loader: 'json' };
      });
    },
  };
}

// A table of src/generated/fields/, as the generator writes it.
const TABLE = /^(export const \w+: [^=]+ = )([[{]\n[\s\S]*?^[\]}]);$/gm;

/** The tables of fields as JSON: the engine reads it in less time than it takes to make as many objects of its own code. */
const tablesAsJson = {
  name: 'tables-as-json',
  setup({ onLoad }) {
    onLoad({ filter: /[/\\]generated[/\\]fields[/\\]\w+\.ts$/ }, ({ path }) => ({
      contents: readFileSync(path, 'utf8').replace(
        TABLE,
        (_, head, json) => `${head}JSON.parse(${JSON.stringify(JSON.stringify(JSON.parse(json)))});`,
      ),
      loader: 'ts',
    }));
  },
};

const optionsIn = (root) => ({
  absWorkingDir: root,
  bundle: true,
  platform: 'node',
  target: 'node20.19',
  // Names stay: stacks are read.
  minifySyntax: true,
  minifyWhitespace: true,
  // The same sources as ES modules: what is not used can be left out.
  alias: { yaml: join(root, 'node_modules/yaml/browser/dist/index.js') },
  legalComments: 'none',
  metafile: true,
  logLevel: 'warning',
  plugins: [versionAlone(root), tablesAsJson],
});

/** The whole program and the library, as ES modules. */
async function bundleModules(root) {
  const { metafile } = await build({
    ...optionsIn(root),
    entryPoints: [...WHOLE_PROGRAM, ...LIBRARY],
    outbase: 'src',
    outdir: 'dist',
    splitting: true,
    format: 'esm',
    chunkNames: 'chunks/[name]-[hash]',
  });
  for (const path of Object.keys(metafile.outputs)) {
    const text = readFileSync(join(root, path), 'utf8');
    if (text.includes(LOOKS_FOR_REQUIRE)) writeFileSync(join(root, path), REQUIRE + text);
  }
  return metafile;
}

/** Leaves dynamic imports to other files of dist/, as `elsewhere` says from the importer and the import. */
function dynamicImports(elsewhere) {
  return {
    name: 'dynamic-imports',
    setup({ onResolve, onLoad, resolve }) {
      onResolve({ filter: /.*/ }, async ({ kind, path, importer, resolveDir, pluginData }) => {
        if (kind !== 'dynamic-import' || pluginData === 'asked') return undefined;
        const found = await resolve(path, { kind, importer, resolveDir, pluginData: 'asked' });
        return elsewhere(found.path, importer) ?? found;
      });
      onLoad({ filter: /.*/, namespace: 'absent' }, ({ path }) => ({
        contents: `throw new Error(${JSON.stringify(`${path} is not in this script`)});`,
      }));
    },
  };
}

// What documents seldom need, and what shares nothing with the rest: each is a file.
const SELDOM =
  /[/\\]generated[/\\]validators[/\\](?!vm\.js$)|[/\\]schema[/\\][^/\\]+\.json$|[/\\]node_modules[/\\]tinyglobby[/\\]/;
// The command lines that come to the scripts name no other command, and are not being completed.
const OTHER_COMMANDS = /[/\\]cli[/\\]commands[/\\]add-(?!validate)[^/\\]+\.ts$/;
const COMPLETION = /[/\\]cli[/\\]complete[/\\]/;
const ALL_COMMANDS = /[/\\]cli[/\\]program\.ts$/;

const SCRIPTS = {
  // Whoever wants to read stacks says `--debug`, which is for the other one.
  paths: { entry: 'src/cli/start/start-paths.ts', absent: [COMPLETION, ALL_COMMANDS], minifyIdentifiers: true },
  documents: { entry: 'src/cli/start/start-documents.ts', absent: [COMPLETION], minifyIdentifiers: false },
};

const scriptOptions = (root, outdir) => ({
  ...optionsIn(root),
  format: 'cjs',
  outdir,
  outExtension: { '.js': '.cjs' },
  // As require: a script of its own has no loader for modules.
  supported: { 'dynamic-import': false },
});

/** Writes one of the scripts, and gives back what esbuild says of it; what it seldom needs is put into `seldom`, by name. */
async function bundleScript(root, outdir, name, seldom) {
  const { entry, absent, minifyIdentifiers } = SCRIPTS[name];
  const elsewhere = (path, importer) => {
    if (OTHER_COMMANDS.test(importer) || absent.some((pattern) => pattern.test(path)))
      return { path: basename(path), namespace: 'absent' };
    if (!SELDOM.test(path)) return undefined;
    const file = path.includes('tinyglobby') ? 'glob' : basename(path).replace(/\.js(?:on)?$/, '');
    seldom.set(file, path);
    return { path: `./documents/${file}.cjs`, external: true };
  };
  const { metafile } = await build({
    ...scriptOptions(root, outdir),
    entryPoints: { [name]: entry },
    entryNames: '[name]-[hash]',
    minifyIdentifiers,
    // As src/cli/start/load-script.ts calls it.
    banner: { js: '(function (exports, require, module, __filename, __dirname) {' },
    footer: { js: '})' },
    plugins: [versionAlone(root), tablesAsJson, dynamicImports(elsewhere)],
  });
  const [path] = Object.keys(metafile.outputs);
  return { name: basename(path), metafile };
}

/** Writes the scripts of the commands that read documents at most: their names, and what esbuild says of them and of the files beside them. */
export async function bundleScripts(root, outdir) {
  const seldom = new Map();
  const paths = await bundleScript(root, outdir, 'paths', seldom);
  const documents = await bundleScript(root, outdir, 'documents', seldom);
  const [schemas, code] = [true, false].map((isJson) =>
    [...seldom].filter(([, path]) => path.endsWith('.json') === isJson),
  );
  const { metafile } = await build({
    ...scriptOptions(root, outdir),
    entryPoints: Object.fromEntries(code.map(([name, path]) => [`documents/${name}`, path])),
    banner: { js: "const __url = require('node:url').pathToFileURL(__filename).href;" },
    define: { 'import.meta.url': '__url' },
  });
  for (const [name, path] of schemas) {
    const text = JSON.stringify(JSON.parse(readFileSync(path, 'utf8')));
    writeFileSync(join(root, outdir, `documents/${name}.cjs`), `module.exports = ${text};\n`);
  }
  return { paths, documents, beside: metafile };
}

/** The first file of the program, which loads one of the others. */
async function bundleStart(root, scripts) {
  const elsewhere = (path) =>
    ALL_COMMANDS.test(path) || COMPLETION.test(path)
      ? {
          path: `./${relative(join(root, 'src'), path).split('\\').join('/').replace(/\.ts$/, '.js')}`,
          external: true,
        }
      : undefined;
  const { metafile } = await build({
    ...optionsIn(root),
    entryPoints: ['src/bin.ts'],
    outfile: 'dist/bin.cjs',
    format: 'cjs',
    minifyIdentifiers: true,
    banner: { js: '#!/usr/bin/env node' },
    define: { SCRIPTS: JSON.stringify(scripts), 'import.meta.dirname': '__dirname' },
    plugins: [versionAlone(root), tablesAsJson, dynamicImports(elsewhere)],
  });
  chmodSync(join(root, 'dist/bin.cjs'), 0o755);
  return metafile;
}

/** Writes the program and the library into dist/, and gives back what esbuild says of the files. */
export async function bundleProgram(root) {
  const modules = await bundleModules(root);
  const { paths, documents, beside } = await bundleScripts(root, 'dist');
  const start = await bundleStart(root, { paths: paths.name, documents: documents.name });
  return [modules, paths.metafile, documents.metafile, beside, start];
}
