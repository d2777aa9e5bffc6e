// Reports the size of the package against its limits, with its largest files; the exit code is 1 where it is too large.
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { LIMITS, packageSize } from './package-size.mjs';

const LARGEST = 5;
const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const megabytes = (bytes) => `${(bytes / 1e6).toFixed(2)} MB`;

try {
  if (!existsSync(join(root, 'dist/bin.cjs'))) throw new Error('dist/bin.cjs is missing; run npm run build first');
  const size = packageSize(root);
  for (const [name, limit] of Object.entries(LIMITS)) {
    const isTooLarge = size[name] > limit;
    console.log(`${name.padEnd(9)}  ${megabytes(size[name])} of ${megabytes(limit)}${isTooLarge ? ': too large' : ''}`);
    if (isTooLarge) process.exitCode = 1;
  }
  console.log(`${size.files.length} files, the largest of them:`);
  for (const { path, bytes } of size.files.slice(0, LARGEST)) console.log(`  ${megabytes(bytes)}  ${path}`);
} catch (error) {
  console.error(`size: ${error.message}`);
  process.exitCode = 1;
}
