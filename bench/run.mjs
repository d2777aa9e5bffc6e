// Measures what pvevm costs against a floor in the same run, and says whether the bounds hold: the start of the program
// against that of an empty one, and the plan of 200 guests against the bare requests that it sends.
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { measurePlan } from './plan.mjs';
import { measureSandbox } from './sandbox.mjs';
import { measureStart } from './start.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');

if (existsSync(join(root, 'dist/bin.js'))) {
  const rows = [...measureStart(root), ...(await measurePlan(root)), ...(await measureSandbox(root))];
  const width = Math.max(...rows.map(({ what }) => what.length));
  console.log(`${'what'.padEnd(width)}  measured    floor       ratio   bound   holds`);
  for (const { what, measured, floor, unit, bound } of rows) {
    const ratio = measured / floor;
    const cells = [measured, floor].map((value) => `${value.toFixed(unit === 'ms' ? 1 : 0)} ${unit}`.padEnd(10));
    const holds = ratio <= bound;
    console.log(
      `${what.padEnd(width)}  ${cells.join('  ')}  ${ratio.toFixed(2).padEnd(6)}  ${bound.toFixed(2)}    ${holds ? 'yes' : 'no'}`,
    );
    if (!holds) process.exitCode = 1;
  }
} else {
  console.error('bench: dist/bin.js is missing; run npm run build first');
  process.exitCode = 1;
}
