// Measures what pvevm costs, each thing against a floor in the same run, and says whether the bounds hold.
//   node bench/run.mjs [--only NAME]... [--node PATH] [--write-docs]
// The figures go to bench/results/NODE-VERSION.json; --write-docs puts those that are there into docs/performance.md, and
// measures nothing.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { printRows } from './print-rows.mjs';
import { keepResults, writeDocs } from './results.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');

/** What is measured, by name, in the order in which it is: what a busy machine disturbs most comes first. */
const MEASURES = {
  start: async () => (await import('./start.mjs')).measureStart(root),
  'spec-scale': async () => (await import('./spec-scale.mjs')).measureSpecScale(root),
  'plan-scale': async () => (await import('./plan-scale.mjs')).measurePlanScale(root),
  apply: async () => (await import('./apply.mjs')).measureApply(root),
  sandbox: async () => (await import('./sandbox.mjs')).measureSandbox(root),
  package: async () => (await import('./package.mjs')).measurePackage(root),
};

/** The same by another Node: everything that is measured runs under the one that runs this. */
function runUnder(node, args) {
  const { status, error } = spawnSync(node, [fileURLToPath(import.meta.url), ...args], { stdio: 'inherit' });
  if (error !== undefined) throw new Error(`${node} cannot be run: ${error.message}`);
  return status ?? 1;
}

async function measure(names) {
  const groups = {};
  for (const name of names) {
    console.log(`\n${name}`);
    groups[name] = await MEASURES[name]();
    printRows(groups[name]);
  }
  console.log(`\nNode ${process.version}; written to ${keepResults(root, groups)}`);
}

const { values } = parseArgs({
  options: {
    only: { type: 'string', multiple: true, default: Object.keys(MEASURES) },
    node: { type: 'string' },
    'write-docs': { type: 'boolean', default: false },
  },
});
try {
  const unknown = values.only.find((name) => !Object.hasOwn(MEASURES, name));
  if (unknown !== undefined) throw new Error(`there is no ${unknown}; there are ${Object.keys(MEASURES).join(', ')}`);
  if (values['write-docs']) writeDocs(root);
  else if (values.node !== undefined)
    process.exitCode = runUnder(
      values.node,
      values.only.flatMap((name) => ['--only', name]),
    );
  else if (existsSync(join(root, 'dist/bin.cjs'))) await measure(values.only);
  else throw new Error('dist/bin.cjs is missing; run npm run build first');
} catch (error) {
  console.error(`bench: ${error.message}`);
  process.exitCode = 1;
}
