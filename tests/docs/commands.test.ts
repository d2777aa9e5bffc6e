import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildProgram } from '../ci/workplace.ts';
import { blocksOf, commandsOf, isShown } from './blocks.ts';
import { type Mismatch, runPage } from './run-page.ts';

const root = join(import.meta.dirname, '../..');
const read = (page: string): string => readFileSync(join(root, page), 'utf8');

/** Pages that are made by programs, and compared with what they would be by tests of their own. */
const made = (page: string): boolean =>
  /^(?:docs\/[\w/-]+\.md)$/.test(page) && /<!-- Written by `npm run/.test(read(page));
const all = [
  'README.md',
  ...readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.md'))
    .map((file) => `docs/${file.replaceAll('\\', '/')}`)
    .sort(),
];
const pages = all.filter((page) => !made(page));

let program = '';
beforeAll(async () => {
  program = await buildProgram();
});
afterAll(() => rmSync(program, { recursive: true, force: true }));

/** How many blocks are not run, by page; a new one has to be counted here, and to say why. */
const NOT_RUN: Readonly<Record<string, number>> = {
  'README.md': 1,
  'docs/audit.md': 1,
  'docs/guide.md': 5,
  'docs/how-to/from-ansible.md': 1,
  'docs/how-to/from-terraform.md': 1,
  'docs/how-to/token.md': 2,
  'docs/reference/connection.md': 2,
  'docs/tutorial.md': 1,
};

/** What links within a page can lead to: its headings, as GitHub names them, and anchors of its own. */
function anchorsOf(page: string): ReadonlySet<string> {
  const headings = [...page.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
  return new Set([...headings, ...[...page.matchAll(/<a id="([^"]+)">/g)].map(([, id = '']) => id)]);
}

/** A page with what was found in place of the outputs that it shows; those with an elision are left to their author. */
function mended(page: string, mismatches: readonly Mismatch[]): string {
  const lines = page.split('\n');
  // From the end on, so that the lines before keep their numbers.
  for (const { line, expected, found } of mismatches.toReversed()) {
    const shown = expected.split('\n');
    if (lines[line] !== shown[0] || expected.includes('…')) continue;
    lines.splice(
      line,
      shown.length,
      ...found
        .trim()
        .replaceAll(/[ \t]+$/gm, '')
        .split('\n'),
    );
  }
  return lines.join('\n');
}

describe('the commands of the documentation', () => {
  it.each(pages)('%s: exit and print as the page says', async (page) => {
    const { mismatches } = await runPage(read(page), program);
    if (process.env['PVEVM_UPDATE_DOCS'] === '1') writeFileSync(join(root, page), mended(read(page), mismatches));
    const told = mismatches.map(
      ({ line, command, expected, found }) =>
        `${page}:${line}: ${command}\nthe page says:\n${expected}\nfound:\n${found}`,
    );
    expect(told).toEqual([]);
  });

  it('are many', () => {
    const commands = pages.flatMap((page) =>
      blocksOf(read(page))
        .filter(
          ({ language, reason, file }) =>
            /^(?:console|sh)$/.test(language) && reason === undefined && file === undefined,
        )
        .flatMap(commandsOf),
    );
    expect(commands.length).toBeGreaterThan(60);
    expect(commands.filter(({ output }) => output !== undefined).length).toBeGreaterThan(15);
  });

  it.each(pages)('%s: a block that is not run says why, and is counted', (page) => {
    const blocks = blocksOf(read(page));
    expect(blocks.filter(({ reason }) => reason === '').map(({ line }) => line)).toEqual([]);
    expect(blocks.filter(({ reason }) => reason !== undefined).length).toBe(NOT_RUN[page] ?? 0);
  });

  it.each(all)('%s: its links lead somewhere, also within pages', (page) => {
    const links = [...read(page).matchAll(/\]\((?!https?:)([^)#\s]*)(?:#([^)\s]+))?\)/g)];
    const broken = links.filter(([, file = '', anchor]) => {
      const target = join(root, file === '' ? page : join(dirname(page), file));
      return !existsSync(target) || (anchor !== undefined && !anchorsOf(readFileSync(target, 'utf8')).has(anchor));
    });
    expect(broken.map(([link]) => link)).toEqual([]);
  });

  it.each(pages)('%s: no command hides in a block that says nothing of its language', (page) => {
    const hidden = blocksOf(read(page)).filter(
      ({ language, text }) => !/^(?:console|sh)$/.test(language) && /^(?:\$ |pvevm )/m.test(text),
    );
    expect(hidden.map(({ line }) => line)).toEqual([]);
  });
});

describe('how pages are read', () => {
  it('takes commands with their output and their exit code', () => {
    const [block] = blocksOf('Text\n\n```console\n$ pvevm plan \\\n    a.yaml   # exits with 7\nline\n\n$ ls\n```\n');
    expect(block && commandsOf(block)).toEqual([
      { command: 'pvevm plan a.yaml', code: 7, output: 'line', line: 4 },
      { command: 'ls', code: 0, output: undefined, line: 8 },
    ]);
  });

  it('notices another exit code, another output and a command that fails', async () => {
    const page =
      '```console\n$ pvevm --version\n0.0.0\n$ pvevm validate no.yaml\n$ pvevm validate examples/vm.yaml # exits with 4\n```\n';
    const { commands, mismatches } = await runPage(page, program);
    expect(commands).toBe(3);
    expect(mismatches.map(({ line }) => line)).toEqual([2, 4, 5]);
  });

  it.each([
    ['a\nb', 'a\nb\n', true],
    ['a\n…\nd', 'a\nb\nc\nd', true],
    ['a … c', 'a b c', true],
    ['done in 0.3 s', 'done in 12 s', true],
    ['a\n…', 'b', false],
    ['a.c', 'abc', false],
    ['a', 'a\nb', false],
  ])('%j shows %j: %s', (page, output, expected) => {
    expect(isShown(page, output)).toBe(expected);
  });
});
