// Writes docs/plans.md: plans of typical situations, as the built program prints them.
import { spawn } from 'node:child_process';
import { closeSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { writeGallery } from './gallery/gallery.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const bin = join(root, 'dist/bin.cjs');

/** Runs the program with both of its streams in one file, which keeps their order; the sandbox answers meanwhile. */
async function run(args, { cwd, env }) {
  const folder = mkdtempSync(join(tmpdir(), 'pvevm-docs-'));
  const file = join(folder, 'output');
  const written = openSync(file, 'a');
  try {
    const child = spawn(process.execPath, [bin, ...args], { cwd, env, stdio: ['ignore', written, written] });
    const code = await new Promise((resolve, reject) => child.once('error', reject).once('close', resolve));
    return { code, output: readFileSync(file, 'utf8') };
  } finally {
    closeSync(written);
    rmSync(folder, { recursive: true, force: true });
  }
}

if (!existsSync(bin)) throw new Error('dist/bin.cjs is missing; run npm run build first');
const { createPveClient } = await import('../dist/index.js');
const { startSandbox } = await import('../dist/sandbox/index.js');
const { page } = await writeGallery({ run, createPveClient, startSandbox });
writeFileSync(join(root, 'docs/plans.md'), page);
