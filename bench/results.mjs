// The figures of the last measurement of each version of Node: kept in bench/results/, shown in docs/performance.md.
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { arch, cpus, platform, release, totalmem } from 'node:os';
import { join } from 'node:path';

const BEGIN = '<!-- figures: written by node bench/run.mjs --write-docs; changes here are lost -->';
const END = '<!-- end of figures -->';
const MAX_VERSIONS = 3;

function machine() {
  const [{ model } = { model: 'unknown processor' }] = cpus();
  return {
    cores: cpus().length,
    processor: model.trim(),
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    system: `${platform()} ${release().replace(/-.*/, '')} ${arch()}`,
  };
}

/** Keeps rows by the name of what was measured, beside what is there of other names, and gives the file's name back. */
export function keepResults(root, groups) {
  const folder = join(root, 'bench/results');
  const name = `${process.version}.json`;
  mkdirSync(folder, { recursive: true });
  const path = join(folder, name);
  const kept = existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')).groups : {};
  const results = { node: process.version, machine: machine(), groups: { ...kept, ...groups } };
  writeFileSync(path, `${JSON.stringify(results, null, 2)}\n`);
  return `bench/results/${name}`;
}

const major = ({ node }) => Number(node.slice(1).split('.')[0]);

function readResults(root) {
  const folder = join(root, 'bench/results');
  const names = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.json')) : [];
  if (names.length === 0) throw new Error('there are no results; run node bench/run.mjs first');
  const results = names.map((name) => JSON.parse(readFileSync(join(folder, name), 'utf8')));
  return results.sort((left, right) => major(left) - major(right)).slice(-MAX_VERSIONS);
}

const number = (value, unit) => `${value.toFixed(value < 100 && !Number.isInteger(value) ? 1 : 0)} ${unit}`.trim();

function cell(row) {
  if (row === undefined) return '–';
  const ratio = row.measured / row.floor;
  const figures = `${number(row.measured, row.unit)} / ${number(row.floor, row.unit)} = ${ratio.toFixed(2)}`;
  return ratio <= row.bound ? figures : `**${figures}**`;
}

function table(results) {
  const rows = new Map(
    results.flatMap(({ groups }) =>
      Object.values(groups)
        .flat()
        .map((row) => [row.what, row]),
    ),
  );
  const find = ({ groups }, what) =>
    Object.values(groups)
      .flat()
      .find((row) => row.what === what);
  const line = (cells) => `| ${cells.join(' | ')} |`;
  return [
    line(['measured / floor = ratio', 'bound', ...results.map(({ node }) => `Node ${node.slice(1)}`)]),
    line(['---', '--:', ...results.map(() => '--:')]),
    ...[...rows].map(([what, { bound }]) =>
      line([what, bound.toFixed(2), ...results.map((result) => cell(find(result, what)))]),
    ),
  ].join('\n');
}

/** Writes the figures of up to three versions of Node into docs/performance.md. */
export function writeDocs(root) {
  const results = readResults(root);
  const path = join(root, 'docs/performance.md');
  const page = readFileSync(path, 'utf8');
  const [begin, end] = [page.indexOf(BEGIN), page.indexOf(END)];
  if (begin === -1 || end < begin) throw new Error('docs/performance.md has lost the marks around its figures');
  const { cores, processor, memoryGiB, system } = results.at(-1).machine;
  const described = `${cores} cores of ${processor}, ${memoryGiB} GiB of memory, ${system}.`;
  const figures = `${BEGIN}\n\n${described}\n\n${table(results)}\n\n`;
  writeFileSync(path, page.slice(0, begin) + figures + page.slice(end));
}
