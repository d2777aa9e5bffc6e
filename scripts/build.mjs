// Builds dist/ from src/: the program, the library, their declarations, and the licences of what is bundled.

import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleProgram } from './bundle-program.mjs';
import { loadSource } from './load-source.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const dist = join(root, 'dist');
const library = ['src/index.ts', 'src/sandbox/index.ts'].filter((file) => existsSync(join(root, file)));

/** The packages whose code is in the bundles, by folder. */
function bundledPackages(metafiles) {
  const outputs = metafiles.flatMap((metafile) => Object.values(metafile.outputs));
  const used = outputs.flatMap((output) =>
    Object.entries(output.inputs)
      .filter(([, { bytesInOutput }]) => bytesInOutput > 0)
      .map(([path]) => path),
  );
  const folders = new Set();
  for (const path of used) {
    const match = /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(path);
    if (match !== null) folders.add(match[1]);
  }
  return [...folders].sort();
}

function writeLicences(metafiles) {
  const parts = [];
  for (const folder of bundledPackages(metafiles)) {
    const { name, version, license } = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'));
    const file = readdirSync(join(root, folder)).find((entry) => /^(licen[cs]e|copying)/i.test(entry));
    if (file === undefined) throw new Error(`${name} has no licence text`);
    parts.push(`${name} ${version} (${license})\n\n${readFileSync(join(root, folder, file), 'utf8').trim()}\n`);
  }
  writeFileSync(join(dist, 'THIRD-PARTY-LICENSES.txt'), parts.join(`\n${'-'.repeat(80)}\n\n`));
}

/** The manual page, which `man` in package.json names. */
async function writeManPage() {
  const { programManPage } = await loadSource('src/cli/program-text/program-man-page.ts');
  mkdirSync(join(dist, 'man'));
  writeFileSync(join(dist, 'man/pvevm.1'), programManPage());
}

/** Declarations of what the library's entry points reach. */
function writeDeclarations() {
  if (library.length === 0) return;
  const folder = mkdtempSync(join(tmpdir(), 'pvevm-build-'));
  const config = join(folder, 'tsconfig.json');
  const options = {
    noEmit: false,
    emitDeclarationOnly: true,
    rootDir: join(root, 'src'),
    outDir: dist,
    typeRoots: [join(root, 'node_modules/@types')],
    noUnusedLocals: false,
  };
  writeFileSync(
    config,
    JSON.stringify({
      extends: join(root, 'tsconfig.json'),
      compilerOptions: options,
      include: [],
      files: library.map((file) => join(root, file)),
    }),
  );
  const { status, stdout } = spawnSync(
    process.execPath,
    [join(root, 'node_modules/typescript/bin/tsc'), '-p', config],
    { cwd: root, encoding: 'utf8' },
  );
  rmSync(folder, { recursive: true });
  if (status !== 0) throw new Error(`declarations: ${stdout}`);
  removeUnreachable();
}

/** Removes the declarations of what is inside: only what the entry points' own declarations import is public. */
function removeUnreachable() {
  const declarationOf = (file) => file.replace(/(?:\.d)?\.ts$/, '.d.ts');
  const reached = new Set();
  const visit = (file) => {
    if (reached.has(file)) return;
    reached.add(file);
    for (const [, target] of readFileSync(file, 'utf8').matchAll(/(?:from|import\()\s*'(\.[^']+)'/g)) {
      visit(declarationOf(join(dirname(file), target)));
    }
  };
  for (const file of library) visit(declarationOf(join(dist, relative('src', file))));
  for (const entry of readdirSync(dist, { recursive: true, withFileTypes: true })) {
    const file = join(entry.parentPath, entry.name);
    if (entry.isFile() && file.endsWith('.d.ts') && !reached.has(file)) rmSync(file);
  }
}

try {
  rmSync(dist, { recursive: true, force: true });
  mkdirSync(dist);
  writeLicences(await bundleProgram(root));
  writeDeclarations();
  await writeManPage();
} catch (error) {
  console.error(`build: ${error instanceof Error ? error.message : error}`);
  console.error(`(in ${relative(process.cwd(), root) || '.'})`);
  process.exitCode = 1;
}
